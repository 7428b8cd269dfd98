# Completion for orderctl. Generated from its command table: do not edit.
# fish: orderctl completion fish > ~/.config/fish/completions/orderctl.fish

function __orderctl_at --description 'Whether the command is this one, and, with `first`, no argument stands yet'
    set -l path
    set -l count 0
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word --address --after --body --by --changed-since --color --columns --config --currency --customer --customer-name --deadline --delimiter --due --email --encoding --fault --field --fields --file --format --from --host --kind --limit --line --lock --note --output --phone --port --profile --rate --reason --reference --rejects --set --since --sort --status --step --store --switch --timeout --timezone --title --to --total --trace --type --until --url --vendor --where -o -p
            set skip 1
        else if not string match -q -- '-*' $word
            if test -z "$path"; or contains -- "$path" auth events profile sandbox
                set path (string trim -- "$path $word")
            else
                set count (math $count + 1)
            end
        end
    end
    test "$path" = "$argv[1]"; and test "$argv[2]" != first -o $count = 0
end

function __orderctl_profiles
    set -l words (commandline -opc)
    eval (string escape -- $words[1] | string replace -r '^\\\\~' '~') --complete-profiles 2>/dev/null
    or orderctl --complete-profiles 2>/dev/null
end

complete -c orderctl -f
complete -c orderctl -n '__orderctl_at ""' -a create -d 'Create an order from options, or many from a file'
complete -c orderctl -n '__orderctl_at ""' -a update -d 'Change an order: its fields, its lines'
complete -c orderctl -n '__orderctl_at ""' -a push -d 'Move orders to the next step of their workflow'
complete -c orderctl -n '__orderctl_at ""' -a cancel -d 'Cancel orders'
complete -c orderctl -n '__orderctl_at ""' -a get -d 'Show orders by id or by reference'
complete -c orderctl -n '__orderctl_at ""' -a list -d 'List orders, filtered and paged'
complete -c orderctl -n '__orderctl_at ""' -a lines -d 'Show an order\'s lines'
complete -c orderctl -n '__orderctl_at ""' -a steps -d 'Show an order\'s current steps in its workflow'
complete -c orderctl -n '__orderctl_at ""' -a comments -d 'Show an order\'s comments and history'
complete -c orderctl -n '__orderctl_at ""' -a fields -d 'Show the vendor\'s own fields for a profile'
complete -c orderctl -n '__orderctl_at ""' -a listen -d 'Receive the order changes that a vendor pushes'
complete -c orderctl -n '__orderctl_at ""' -a events -d 'List, show, acknowledge and export the received changes'
complete -c orderctl -n '__orderctl_at ""' -a profile -d 'Add, show, choose and remove profiles'
complete -c orderctl -n '__orderctl_at ""' -a auth -d 'Log in to a vendor, log out, show the sources of secrets'
complete -c orderctl -n '__orderctl_at ""' -a completion -d 'Print the completion script of a shell'
complete -c orderctl -n '__orderctl_at ""' -a sandbox -d 'Serve or empty the built-in sandbox'
complete -c orderctl -n '__orderctl_at ""' -a demo -d 'Run a demo of a few seconds, without an account'
complete -c orderctl -n '__orderctl_at ""' -a vendors -d 'Show what each vendor can do'
complete -c orderctl -n '__orderctl_at ""' -a schema -d 'Print the JSON Schema of a document, or a vendor\'s fields'
complete -c orderctl -n '__orderctl_at ""' -a template -d 'Print an example draft, ready for create --from'
complete -c orderctl -n '__orderctl_at ""' -a api -d 'Send a raw, authenticated request'
complete -c orderctl -n '__orderctl_at ""' -a help -d 'Read about a topic: exit-codes, credentials, csv, cron, …'
complete -c orderctl -n '__orderctl_at events' -a list -d 'List the received order changes, oldest first; -p shows one profile\'s only'
complete -c orderctl -n '__orderctl_at events' -a show -d 'Show one event, with the order as the vendor sent it'
complete -c orderctl -n '__orderctl_at events' -a ack -d 'Acknowledge events as processed: --unacked does not show them any more'
complete -c orderctl -n '__orderctl_at events' -a export -d 'Print whole events for another program, one JSON document a line, oldest first'
complete -c orderctl -n '__orderctl_at profile' -a list -d 'List the profiles: those of the config file, and the sandbox\'s, which exist without one'
complete -c orderctl -n '__orderctl_at profile' -a show -d 'Show one profile as it is understood: defaults filled in, its url in normal form'
complete -c orderctl -n '__orderctl_at profile' -a add -d 'Add a profile to the config file, which keeps its comments and layout'
complete -c orderctl -n '__orderctl_at profile' -a use -d 'Make a profile the default for reads'
complete -c orderctl -n '__orderctl_at profile' -a remove -d 'Remove a profile from the config file, and its secrets from the keyring'
complete -c orderctl -n '__orderctl_at auth' -a login -d 'Store a profile\'s secrets in the keyring of this machine, after one harmless read has proved the login'
complete -c orderctl -n '__orderctl_at auth' -a logout -d 'Remove a profile\'s secrets from the keyring of this machine'
complete -c orderctl -n '__orderctl_at auth' -a status -d 'Show for every profile where each of its secrets comes from, never the secret'
complete -c orderctl -n '__orderctl_at sandbox' -a serve -d 'Serve an emulator over HTTP on this machine only, until Ctrl-C, for scripts in any language and for tests'
complete -c orderctl -n '__orderctl_at sandbox' -a reset -d 'Empty the sandbox: delete every order, and start ids again'
complete -c orderctl -s p -l profile -x -a '(__orderctl_profiles)' -d 'The account to talk to (or: ORDERCTL_PROFILE)'
complete -c orderctl -s o -l output -x -a 'csv ids json jsonl table' -d 'table, json, jsonl, csv or ids (default: table)'
complete -c orderctl -l fields -x -d 'Show only these fields'
complete -c orderctl -s n -l dry-run -d 'Print what would be sent; send nothing'
complete -c orderctl -s y -l yes -d 'Answer questions with yes'
complete -c orderctl -l no-input -d 'Never ask; a question that must be asked is an error'
complete -c orderctl -s q -l quiet -d 'Print only errors and what was asked for'
complete -c orderctl -s v -l verbose -d 'Print what is being done'
complete -c orderctl -l trace -r -F -d 'Write every request and answer to FILE, secrets hidden'
complete -c orderctl -l timeout -x -d 'Stop a request after SECONDS'
complete -c orderctl -l deadline -x -d 'Stop the run after SECONDS (exit 124)'
complete -c orderctl -l lock -x -d 'Run only if no other run holds this lock (exit 11)'
complete -c orderctl -l config -r -F -d 'The config file (or: ORDERCTL_CONFIG)'
complete -c orderctl -l color -x -a 'always auto never' -d 'auto, always or never (default: auto)'
complete -c orderctl -l secrets-stdin -d 'Read secrets from standard input: one JSON object'
complete -c orderctl -s h -l help -d 'Show this message and exit'
complete -c orderctl -n '__orderctl_at "create"' -l reference -x -d 'Your own order number'
complete -c orderctl -n '__orderctl_at "create"' -l title -x -d 'Title of the order'
complete -c orderctl -n '__orderctl_at "create"' -l note -x -d 'Note on the order'
complete -c orderctl -n '__orderctl_at "create"' -l customer -x -d 'The customer, by the code that the vendor knows'
complete -c orderctl -n '__orderctl_at "create"' -l customer-name -x -d 'Customer\'s name'
complete -c orderctl -n '__orderctl_at "create"' -l email -x -d 'Customer\'s email'
complete -c orderctl -n '__orderctl_at "create"' -l phone -x -d 'Customer\'s phone'
complete -c orderctl -n '__orderctl_at "create"' -l address -x -d 'Customer\'s address'
complete -c orderctl -n '__orderctl_at "create"' -l due -x -d 'When it is due: 2026-03-09, …T14:30'
complete -c orderctl -n '__orderctl_at "create"' -l currency -x -d 'Currency, such as EUR'
complete -c orderctl -n '__orderctl_at "create"' -l total -x -d 'The order\'s total, where the lines have no prices'
complete -c orderctl -n '__orderctl_at "create"' -l status -x -a 'open in_progress completed cancelled failed unknown' -d 'The vendor\'s own word for its status'
complete -c orderctl -n '__orderctl_at "create"' -l paid -l unpaid -d 'Whether it is paid'
complete -c orderctl -n '__orderctl_at "create"' -l line -x -d 'An order line: sku, id, name, quantity, price, a vendor\'s field; or \'{JSON}\'. Repeatable'
complete -c orderctl -n '__orderctl_at "create"' -l set -x -d 'A vendor\'s own field; KEY:=JSON, KEY=@FILE. Repeatable'
complete -c orderctl -n '__orderctl_at "create"' -l file -r -F -d 'An attachment, where the vendor takes any'
complete -c orderctl -n '__orderctl_at "create"' -l from -r -F -d 'Many orders: a .csv, .json or .jsonl file; - is standard input'
complete -c orderctl -n '__orderctl_at "create"' -l format -x -a 'csv json jsonl' -d 'The file\'s format: csv, json or jsonl'
complete -c orderctl -n '__orderctl_at "create"' -l columns -x -d 'How the file\'s headings map to ours'
complete -c orderctl -n '__orderctl_at "create"' -l encoding -x -d 'The file\'s encoding (utf-8 without it)'
complete -c orderctl -n '__orderctl_at "create"' -l delimiter -x -d 'What separates a CSV\'s cells; tab for a tab'
complete -c orderctl -n '__orderctl_at "create"' -l skip-invalid -d 'Send a file\'s good orders. Exit 7 if any was left out, 2 if all'
complete -c orderctl -n '__orderctl_at "create"' -l rejects -r -F -d 'Where to write the orders that are left out, each with its reason'
complete -c orderctl -n '__orderctl_at "update"' -l title -x -d 'Title of the order'
complete -c orderctl -n '__orderctl_at "update"' -l note -x -d 'Note on the order'
complete -c orderctl -n '__orderctl_at "update"' -l customer -x -d 'The customer, by the code that the vendor knows'
complete -c orderctl -n '__orderctl_at "update"' -l customer-name -x -d 'Customer\'s name'
complete -c orderctl -n '__orderctl_at "update"' -l email -x -d 'Customer\'s email'
complete -c orderctl -n '__orderctl_at "update"' -l phone -x -d 'Customer\'s phone'
complete -c orderctl -n '__orderctl_at "update"' -l address -x -d 'Customer\'s address'
complete -c orderctl -n '__orderctl_at "update"' -l due -x -d 'When it is due: 2026-03-09, …T14:30'
complete -c orderctl -n '__orderctl_at "update"' -l currency -x -d 'Currency, such as EUR'
complete -c orderctl -n '__orderctl_at "update"' -l total -x -d 'The order\'s total, where the lines have no prices'
complete -c orderctl -n '__orderctl_at "update"' -l status -x -a 'open in_progress completed cancelled failed unknown' -d 'The vendor\'s own word for its status'
complete -c orderctl -n '__orderctl_at "update"' -l paid -l unpaid -d 'Whether it is paid'
complete -c orderctl -n '__orderctl_at "update"' -l reference -x -d 'Your own order number'
complete -c orderctl -n '__orderctl_at "update"' -l line -x -d 'An order line: sku, id, name, quantity, price, a vendor\'s field; or \'{JSON}\'. Repeatable'
complete -c orderctl -n '__orderctl_at "update"' -l replace-lines -d 'The lines given replace all that the order has'
complete -c orderctl -n '__orderctl_at "update"' -l set -x -d 'A vendor\'s own field; KEY:=JSON, KEY=@FILE. Repeatable'
complete -c orderctl -n '__orderctl_at "update"' -l file -r -F -d 'An attachment, where the vendor takes any'
complete -c orderctl -n '__orderctl_at "update"' -l from -r -F -d 'The changes, as a draft holds them; options fill the rest'
complete -c orderctl -n '__orderctl_at "push"' -l to -x -d 'The status to move to'
complete -c orderctl -n '__orderctl_at "push"' -l step -x -d 'Which of several parallel steps'
complete -c orderctl -n '__orderctl_at "push"' -l by -x -d 'Who starts the approval'
complete -c orderctl -n '__orderctl_at "push"' -l set -x -d 'A vendor\'s own field; KEY:=JSON, KEY=@FILE. Repeatable'
complete -c orderctl -n '__orderctl_at "cancel"' -l reason -x -d 'Why, where the vendor keeps it'
complete -c orderctl -n '__orderctl_at "get"' -l reference -x -d 'Your own order number'
complete -c orderctl -n '__orderctl_at "get"' -l set -x -d 'A vendor\'s own field; KEY:=JSON, KEY=@FILE. Repeatable'
complete -c orderctl -n '__orderctl_at "get"' -l raw -d 'Add the vendor\'s own answer'
complete -c orderctl -n '__orderctl_at "list"' -l status -x -a 'open in_progress completed cancelled failed unknown' -d 'open, completed, …, or the vendor\'s own word'
complete -c orderctl -n '__orderctl_at "list"' -l since -x -d 'Created on or after'
complete -c orderctl -n '__orderctl_at "list"' -l until -x -d 'Created on or before'
complete -c orderctl -n '__orderctl_at "list"' -l changed-since -x -d 'Changed on or after'
complete -c orderctl -n '__orderctl_at "list"' -l customer -x -d 'The customer, by the code that the vendor knows'
complete -c orderctl -n '__orderctl_at "list"' -l reference -x -d 'Your own order number'
complete -c orderctl -n '__orderctl_at "list"' -l where -x -d 'A vendor\'s own field; KEY:OPERATOR=V1,V2. Repeatable'
complete -c orderctl -n '__orderctl_at "list"' -l set -x -d 'A vendor\'s own field; KEY:=JSON, KEY=@FILE. Repeatable'
complete -c orderctl -n '__orderctl_at "list"' -l limit -x -d 'At most so many orders (default: 100)'
complete -c orderctl -n '__orderctl_at "list"' -l all -d 'Read to the end, not only the first 100'
complete -c orderctl -n '__orderctl_at "list"' -l after -x -d 'Go on where a list was cut'
complete -c orderctl -n '__orderctl_at "list"' -l sort -x -d 'created_at, total, customer, …'
complete -c orderctl -n '__orderctl_at "list"' -l raw -d 'Add the vendor\'s own answer'
complete -c orderctl -n '__orderctl_at "comments"' -l type -x -a 'call change comment commentresult email notify' -d 'Only this kind (comment, change, …). Repeatable'
complete -c orderctl -n '__orderctl_at "listen"' -l port -x -d 'The port to listen on (default: 8090); 0 is any free one'
complete -c orderctl -n '__orderctl_at "listen"' -l host -x -d 'Where to listen (default: 127.0.0.1, this machine only)'
complete -c orderctl -n '__orderctl_at "listen"' -l rotate -d 'Make a new secret path; listeners use it from their next start'
complete -c orderctl -n '__orderctl_at "events list"' -l since -x -d 'Received on or after'
complete -c orderctl -n '__orderctl_at "events list"' -l unacked -d 'Only those that were not acknowledged yet'
complete -c orderctl -n '__orderctl_at "events list"' -l kind -x -d 'Only this kind, in the vendor\'s word'
complete -c orderctl -n '__orderctl_at "events list"' -l limit -x -d 'At most so many events (default: 100)'
complete -c orderctl -n '__orderctl_at "events list"' -l all -d 'List all, not only the first 100'
complete -c orderctl -n '__orderctl_at "events list"' -l after -x -d 'Start after this event'
complete -c orderctl -n '__orderctl_at "events show"' -l raw -d 'Add the request\'s body as it came'
complete -c orderctl -n '__orderctl_at "events export"' -l since -x -d 'Received on or after'
complete -c orderctl -n '__orderctl_at "events export"' -l unacked -d 'Only those that were not acknowledged yet'
complete -c orderctl -n '__orderctl_at "events export"' -l kind -x -d 'Only this kind, in the vendor\'s word'
complete -c orderctl -n '__orderctl_at "events export"' -l limit -x -d 'At most so many events'
complete -c orderctl -n '__orderctl_at "events export"' -l after -x -d 'Start after this event'
complete -c orderctl -n '__orderctl_at "events export"' -l raw -d 'Add each request\'s body as it came'
complete -c orderctl -n '__orderctl_at "events export"' -l ack -d 'Only unacknowledged ones, and acknowledge them when all are written'
complete -c orderctl -n '__orderctl_at "profile show" first' -a '(__orderctl_profiles)' -d NAME
complete -c orderctl -n '__orderctl_at "profile add"' -l vendor -x -a 'flyerlink imonggo omflow onebox qince' -d 'The vendor'
complete -c orderctl -n '__orderctl_at "profile add"' -l url -x -d 'Its address: https://… or sandbox:'
complete -c orderctl -n '__orderctl_at "profile add"' -l set -x -d 'Another key of the profile; KEY:=JSON. Repeatable'
complete -c orderctl -n '__orderctl_at "profile add"' -l timezone -x -d 'How bare dates are read: Europe/Kyiv'
complete -c orderctl -n '__orderctl_at "profile add"' -l currency -x -d 'Three letters: EUR'
complete -c orderctl -n '__orderctl_at "profile add"' -l rate -x -d 'Requests a second, at most'
complete -c orderctl -n '__orderctl_at "profile add"' -l use -d 'Make it the default for reads'
complete -c orderctl -n '__orderctl_at "profile use" first' -a '(__orderctl_profiles)' -d NAME
complete -c orderctl -n '__orderctl_at "profile remove" first' -a '(__orderctl_profiles)' -d NAME
complete -c orderctl -n '__orderctl_at "auth login"' -l field -x -d 'Only this secret. Repeatable'
complete -c orderctl -n '__orderctl_at "completion" first' -a 'bash fish zsh' -d SHELL
complete -c orderctl -n '__orderctl_at "sandbox serve"' -l vendor -x -a 'flyerlink imonggo omflow onebox qince' -d 'The vendor of the emulator'
complete -c orderctl -n '__orderctl_at "sandbox serve"' -l port -x -d 'The port on 127.0.0.1 (default: 8080); 0 is any free one'
complete -c orderctl -n '__orderctl_at "sandbox serve"' -l fault -x -d 'Misbehave: KIND[=VALUE][*TIMES][+SKIP][@PATH]. Repeatable'
complete -c orderctl -n '__orderctl_at "sandbox serve"' -l switch -x -d 'What this box does differently. Repeatable'
complete -c orderctl -n '__orderctl_at "sandbox serve"' -l store -r -F -d 'Keep orders in FILE; :memory: drops them at the end'
complete -c orderctl -n '__orderctl_at "sandbox reset"' -l vendor -x -a 'flyerlink imonggo omflow onebox qince' -d 'Only this emulator (default: all)'
complete -c orderctl -n '__orderctl_at "demo"' -l vendor -x -a 'flyerlink imonggo omflow onebox qince' -d 'The vendor of the emulator (default: onebox)'
complete -c orderctl -n '__orderctl_at "vendors" first' -a 'flyerlink imonggo omflow onebox qince' -d NAME
complete -c orderctl -n '__orderctl_at "schema" first' -a 'auth comments draft error event events fields flyerlink imonggo lines list listen omflow onebox order profile profiles qince requests result results sandbox steps vendors' -d NAME
complete -c orderctl -n '__orderctl_at "template"' -l format -x -a 'csv json jsonl' -d 'json, jsonl or csv (default: json); or -o'
complete -c orderctl -n '__orderctl_at "api"' -l set -x -d 'A parameter. Repeatable'
complete -c orderctl -n '__orderctl_at "api"' -l body -x -d 'The body, as it is; @- is standard input'
complete -c orderctl -n '__orderctl_at "api" first' -a 'DELETE GET HEAD PATCH POST PUT' -d METHOD
complete -c orderctl -n '__orderctl_at "help" first' -a 'adding-a-vendor api auth cancel comments completion configuration create credentials cron csv demo events exit-codes fields get help lines list listen profile push pushed-orders sandbox schema steps template update vendors' -d WORDS
