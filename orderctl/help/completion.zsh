#compdef orderctl
# Completion for orderctl. Generated from its command table: do not edit.
# zsh: source <(orderctl completion zsh), or keep this file as _orderctl in a folder of $fpath

_orderctl_profiles() {
  local -a names
  compset -P '*,'
  names=(${(f)"$({ ${~program} --complete-profiles || orderctl --complete-profiles } 2>/dev/null)"})
  compadd -X profile -a names
}

_orderctl() {
  local curcontext="$curcontext" context state state_descr line program=$words[1] ret=1
  typeset -A opt_args
  local -a shared commands
  shared=(
    '*-p+[The account to talk to (or\: ORDERCTL_PROFILE)]:NAME:_orderctl_profiles' '*--profile=[The account to talk to (or\: ORDERCTL_PROFILE)]:NAME:_orderctl_profiles'
    '*-o+[table, json, jsonl, csv, xlsx or ids (default\: table)]:FORMAT:(csv ids json jsonl table xlsx)' '*--output=[table, json, jsonl, csv, xlsx or ids (default\: table)]:FORMAT:(csv ids json jsonl table xlsx)'
    '*-n[Print what would be sent; send nothing]' '*--dry-run[Print what would be sent; send nothing]'
    '*-y[Answer questions with yes]' '*--yes[Answer questions with yes]'
    '*--no-input[Never ask; a question that must be asked is an error]'
    '*-q[Print only errors and what was asked for]' '*--quiet[Print only errors and what was asked for]'
    '*-v[Print what is being done]' '*--verbose[Print what is being done]'
    '*--trace=[Write every request and answer to FILE, secrets hidden]:FILE:_files'
    '*--reveal[Show customers'\'' data in --trace files and the journal]'
    '*--timeout=[Stop a request after SECONDS]:SECONDS: '
    '*--deadline=[Stop the run after SECONDS (exit 124)]:SECONDS: '
    '*--lock=[Run only if no other run holds this lock (exit 11)]:NAME: '
    '*--config=[The config file (or\: ORDERCTL_CONFIG)]:FILE:_files'
    '*--color=[auto, always or never (default\: auto)]:WHEN:(always auto never)'
    '*--secrets-stdin[Read secrets from standard input\: one JSON object]'
    '*-h[Show this message and exit]' '*--help[Show this message and exit]'
  )
  _arguments -C -s : "${shared[@]}" "*--fields=:A,B: " "(-)1: :->command" "(-)*:: :->rest" && ret=0
  case "$state" in
  command)
    commands=(
      'create:Create an order from options, or many from a file'
      'update:Change an order, or many from a file'
      'push:Move orders to the next step of their workflow'
      'cancel:Cancel orders'
      'get:Show orders by id or by reference'
      'list:List orders, filtered and paged'
      'lines:Show an order'\''s lines'
      'steps:Show an order'\''s current steps in its workflow'
      'comments:Show an order'\''s comments and history'
      'fields:Show the vendor'\''s own fields for a profile'
      'statuses:Show the statuses that push --to and list --status take'
      'journal:Show and settle what this machine wrote, and what is in doubt'
      'listen:Receive the order changes that a vendor pushes'
      'events:List, show, acknowledge and export the received changes'
      'mapping:List, show, suggest and try mappings of shops'\'' exports'
      'profile:Add, show, choose and remove profiles'
      'auth:Log in to a vendor, log out, show the sources of secrets'
      'doctor:Check config, logins, clock, state folder and journal'
      'completion:Print the completion script of a shell'
      'sandbox:Serve or empty the built-in sandbox'
      'demo:Run a demo of a few seconds, without an account'
      'vendors:Show what each vendor can do'
      'schema:Print the JSON Schema of a document, or a vendor'\''s fields'
      'template:Print an example draft, ready for create --from'
      'api:Send a raw, authenticated request'
      'help:Read about a topic: first-steps, troubleshooting, csv, …'
    )
    _describe -t commands command commands && ret=0 ;;
  rest)
    case "$line[1]" in
    create)
      _arguments -s : "${shared[@]}" \
        '*--reference=[Your own order number]:R: ' \
        '*--title=[Title of the order]:T: ' \
        '*--note=[Note on the order]:T: ' \
        '*--customer=[The customer, by the code that the vendor knows]:CODE: ' \
        '*--customer-name=[Customer'\''s name]:N: ' \
        '*--email=[Customer'\''s email]:E: ' \
        '*--phone=[Customer'\''s phone]:P: ' \
        '*--address=[Customer'\''s address]:A: ' \
        '*--due=[When it is due\: 2026-03-09, …T14\:30]:DATE: ' \
        '*--currency=[Currency, such as EUR]:C: ' \
        '*--total=[The order'\''s total, where the lines have no prices]:N: ' \
        '*--status=[The vendor'\''s own word for its status]:S:(open in_progress completed cancelled failed unknown)' \
        '*--paid[Whether it is paid]' '*--unpaid[Whether it is paid]' \
        '*--line=[An order line\: sku, id, name, quantity, price, a vendor'\''s field; or '\''{JSON}'\''. Repeatable]:'\''sku=S,quantity=N,price=N'\'': ' \
        '*--set=[A vendor'\''s own field; KEY\:=JSON, KEY=@FILE. Repeatable]:KEY=VALUE: ' \
        '*--file=[Attach a file, where the vendor supports it]:\[FIELD=\]PATH:_files' \
        '*--from=[Many orders\: a .csv, .json, .jsonl or .xlsx file; - is standard input]:FILE:_files' \
        '*--format=[The file'\''s format\: csv, json, jsonl or xlsx]:F:(csv json jsonl xlsx)' \
        '*--map=[The mapping that reads the file, or none]:NAME|FILE: ' \
        '*--with=[The second file of a mapping that reads two]:FILE: ' \
        '*--columns=[How the file'\''s headings map to ours]:OURS=THEIRS,…: ' \
        '*--encoding=[The file'\''s encoding (default\: utf-8)]:E: ' \
        '*--delimiter=[The character between a CSV'\''s cells, or tab (default\: found)]:C: ' \
        '*--numbers=[How numbers are written\: 1.234,56 or 1,234.56]:EXAMPLE: ' \
        '*--dates=[How dates are written, such as DD/MM/YYYY]:FORMAT: ' \
        '*--ignore-columns[Ignore columns of lines and amounts that are not mapped]' \
        '*--settled=[Read the file only if it has not changed for SECONDS]:SECONDS: ' \
        '*--skip-invalid[Send the valid orders of a file. Exit 7 if some are left out, 2 if all]' \
        '*--skip-existing[Skip orders that exist already with the same customer and an equal line]' \
        '*--new-target[Confirm that the profile now names another account than before]' \
        '*--rejects=[Write the orders that are invalid, refused or in conflict to FILE]:FILE:_files' \
        '*--results=[Append the result of each order to a file of JSON Lines]:FILE:_files' \
        '*--jobs=[Orders sent at once, 1 to 32 (default\: 4 where the vendor refuses a duplicate, else 1)]:N: ' \
        '*--max-errors=[Start no more orders after N have failed]:N: ' \
        '*--fields=[Show only these fields]:A,B:_values -s , field verb outcome profile vendor id reference journal message' \
        && ret=0
      ;;
    update)
      _arguments -s : "${shared[@]}" \
        '*--reference=[The order, by your own order number, in place of its ID]:R: ' \
        '*--title=[Title of the order]:T: ' \
        '*--note=[Note on the order]:T: ' \
        '*--customer=[The customer, by the code that the vendor knows]:CODE: ' \
        '*--customer-name=[Customer'\''s name]:N: ' \
        '*--email=[Customer'\''s email]:E: ' \
        '*--phone=[Customer'\''s phone]:P: ' \
        '*--address=[Customer'\''s address]:A: ' \
        '*--due=[When it is due\: 2026-03-09, …T14\:30]:DATE: ' \
        '*--currency=[Currency, such as EUR]:C: ' \
        '*--total=[The order'\''s total, where the lines have no prices]:N: ' \
        '*--status=[The vendor'\''s own word for its status]:S:(open in_progress completed cancelled failed unknown)' \
        '*--paid[Whether it is paid]' '*--unpaid[Whether it is paid]' \
        '*--line=[An order line\: sku, id, name, quantity, price, a vendor'\''s field; or '\''{JSON}'\''. Repeatable]:'\''sku=S,quantity=N,price=N'\'': ' \
        '*--replace-lines[Replace all lines of the order by those given here]' \
        '*--set=[A vendor'\''s own field; KEY\:=JSON, KEY=@FILE. Repeatable]:KEY=VALUE: ' \
        '*--file=[Attach a file, where the vendor supports it]:\[FIELD=\]PATH:_files' \
        '*--from=[A file with changes of many orders; with an ID, a JSON file with those of this one]:FILE:_files' \
        '*--format=[The file'\''s format\: csv, json, jsonl or xlsx]:F:(csv json jsonl xlsx)' \
        '*--map=[The mapping that reads the file, or none]:NAME|FILE: ' \
        '*--with=[The second file of a mapping that reads two]:FILE: ' \
        '*--columns=[How the file'\''s headings map to ours]:OURS=THEIRS,…: ' \
        '*--encoding=[The file'\''s encoding (default\: utf-8)]:E: ' \
        '*--delimiter=[The character between a CSV'\''s cells, or tab (default\: found)]:C: ' \
        '*--numbers=[How numbers are written\: 1.234,56 or 1,234.56]:EXAMPLE: ' \
        '*--dates=[How dates are written, such as DD/MM/YYYY]:FORMAT: ' \
        '*--ignore-columns[Ignore columns of lines and amounts that are not mapped]' \
        '*--settled=[Read the file only if it has not changed for SECONDS]:SECONDS: ' \
        '*--skip-invalid[Send the valid orders of a file. Exit 7 if some are left out, 2 if all]' \
        '*--rejects=[Write the orders that are invalid, refused or in conflict to FILE]:FILE:_files' \
        '*--results=[Append the result of each order to a file of JSON Lines]:FILE:_files' \
        '*--jobs=[Orders sent at once, 1 to 32 (default\: 4 where the vendor refuses a duplicate, else 1)]:N: ' \
        '*--max-errors=[Start no more orders after N have failed]:N: ' \
        '*--max-affected=[How many orders may be changed; needed for more than 100]:N: ' \
        '*--fields=[Show only these fields]:A,B:_values -s , field verb outcome profile vendor id reference journal message' \
        '*:ID: ' && ret=0
      ;;
    push)
      _arguments -s : "${shared[@]}" \
        '*--reference=[An order, by your own order number, in place of ids. Repeatable]:R: ' \
        '*--to=[The status to move to]:STATUS: ' \
        '*--step=[Which of several parallel steps]:NAME: ' \
        '*--by=[Who starts the approval]:EMPLOYEE: ' \
        '*--set=[A vendor'\''s own field; KEY\:=JSON, KEY=@FILE. Repeatable]:KEY=VALUE: ' \
        '*--results=[Append the result of each order to a file of JSON Lines]:FILE:_files' \
        '*--jobs=[Orders sent at once, 1 to 32 (default\: 1; with ids from -, as for create)]:N: ' \
        '*--max-errors=[Start no more orders after N have failed]:N: ' \
        '*--max-affected=[How many orders may be changed; needed for more than 100]:N: ' \
        '*--wait=[Wait until it has this status\: 10 minutes at most (exit 124)]:STATUS:(open in_progress completed cancelled failed unknown)' \
        '*--fields=[Show only these fields]:A,B:_values -s , field verb outcome profile vendor id reference journal message' \
        '*:IDS: ' && ret=0
      ;;
    cancel)
      _arguments -s : "${shared[@]}" \
        '*--reference=[An order, by your own order number, in place of ids. Repeatable]:R: ' \
        '*--reason=[The reason, where the vendor records it]:TEXT: ' \
        '*--results=[Append the result of each order to a file of JSON Lines]:FILE:_files' \
        '*--jobs=[Orders sent at once, 1 to 32 (default\: 1; with ids from -, as for create)]:N: ' \
        '*--max-errors=[Start no more orders after N have failed]:N: ' \
        '*--max-affected=[How many orders may be changed; needed for more than 100]:N: ' \
        '*--fields=[Show only these fields]:A,B:_values -s , field verb outcome profile vendor id reference journal message' \
        '*:IDS: ' && ret=0
      ;;
    get)
      _arguments -s : "${shared[@]}" \
        '*--reference=[An order, by your own order number, in place of ids. Repeatable]:R: ' \
        '*--set=[A vendor'\''s own field; KEY\:=JSON, KEY=@FILE. Repeatable]:KEY=VALUE: ' \
        '*--raw[Add the vendor'\''s own answer]' \
        '*--wide[On a terminal\: every column and field, nothing cut]' \
        '*--bom[With -o csv\: a byte-order mark first, for Excel]' \
        '*--wait=[Wait until it has this status\: 10 minutes at most (exit 124)]:STATUS:(open in_progress completed cancelled failed unknown)' \
        '*--fields=[Show only these fields]:A,B:_values -s , field profile vendor id reference number title status vendor_status steps customer customer.id customer.code customer.name customer.email customer.phone customer.address lines currency total paid created_at updated_at due_at note extra raw customer_name email phone address due sku name quantity price _id _number _status _vendor_status _created_at _updated_at _profile _vendor' \
        '*:IDS: ' && ret=0
      ;;
    list)
      _arguments -s : "${shared[@]}" \
        '*--status=[open, completed, …, or the vendor'\''s own word]:S:(open in_progress completed cancelled failed unknown)' \
        '*--since=[Created on or after\: 2026-03-01, today, 7d, 12h]:DATE: ' \
        '*--until=[Created on or before]:DATE: ' \
        '*--changed-since=[Changed on or after]:DATE: ' \
        '*--customer=[The customer'\''s code, name, e-mail address or phone number]:C: ' \
        '*--reference=[Your own order number]:R: ' \
        '*--text=[Words in the title, the note or a name]:TEXT: ' \
        '*--where=[A vendor'\''s own field; KEY\:OPERATOR=V1,V2. Repeatable]:KEY=VALUE: ' \
        '*--set=[A vendor'\''s own field; KEY\:=JSON, KEY=@FILE. Repeatable]:KEY=VALUE: ' \
        '*--limit=[At most N orders (default\: 100 on a terminal, else all)]:N: ' \
        '*--all[Read to the end, also on a terminal]' \
        '*--after=[Continue a list that was cut here]:CURSOR: ' \
        '*--sort=[created_at, total, customer, …]:KEY\[\:desc\]: ' \
        '*--checkpoint=[Only what changed since the last good run of NAME]:NAME: ' \
        '*--watch=[Show the list again every SECONDS (terminal only)]:SECONDS: ' \
        '*--raw[Add the vendor'\''s own answer]' \
        '*--wide[On a terminal\: every column and field, nothing cut]' \
        '*--bom[With -o csv\: a byte-order mark first, for Excel]' \
        '*--fields=[Show only these fields]:A,B:_values -s , field profile vendor id reference number title status vendor_status steps customer customer.id customer.code customer.name customer.email customer.phone customer.address lines currency total paid created_at updated_at due_at note extra raw customer_name email phone address due sku name quantity price _id _number _status _vendor_status _created_at _updated_at _profile _vendor' \
        && ret=0
      ;;
    lines)
      _arguments -s : "${shared[@]}" \
        '*--reference=[The order, by your own order number, in place of its ID]:R: ' \
        '*--wide[On a terminal\: every column and field, nothing cut]' \
        '*--bom[With -o csv\: a byte-order mark first, for Excel]' \
        '*--fields=[Show only these fields]:A,B:_values -s , field id sku name quantity unit_price total extra' \
        '*:ID: ' && ret=0
      ;;
    steps)
      _arguments -s : "${shared[@]}" \
        '*--reference=[The order, by your own order number, in place of its ID]:R: ' \
        '*--fields=[Show only these fields]:A,B:_values -s , field id name error' \
        '*:ID: ' && ret=0
      ;;
    comments)
      _arguments -s : "${shared[@]}" \
        '*--reference=[The order, by your own order number, in place of its ID]:R: ' \
        '*--type=[Only this kind (comment, change, …). Repeatable]:KIND:(call change comment commentresult email notify)' \
        '*--fields=[Show only these fields]:A,B:_values -s , field id created_at kind text author extra' \
        '*:ID: ' && ret=0
      ;;
    fields)
      _arguments -s : "${shared[@]}" \
        '*--fields=[Show only these fields]:A,B:_values -s , field name kind required word note aliases choices max_length reserved instead required_known' \
        && ret=0
      ;;
    statuses)
      _arguments -s : "${shared[@]}" \
        '*--all[Look at every order, not only the newest 1,000]' \
        '*--fields=[Show only these fields]:A,B:_values -s , field name status orders source' \
        && ret=0
      ;;
    journal)
      _arguments -C -s : "${shared[@]}" "*--fields=:A,B: " "(-)1: :->command" "(-)*:: :->rest" && ret=0
      case "$state" in
      command)
        commands=(
          'list:List what this machine wrote, newest first; -p shows one profile'\''s only'
          'show:Show all that is known of a write: what was meant, what was answered, when, and by which run'
          'reconcile:Find out at the vendor what became of writes in doubt'
          'resolve:Say what became of a write in doubt, once you have looked at the vendor'
          'resend:Send creates again if their orders do not exist, as two searches have shown or you have confirmed'
          'prune:Delete the content of old rows: what was sent and answered'
          'move:Move the rows of one target to the profile of -p, after its url or a setting changed'
          'forget:Forget everything that was written to the account of -p, after the vendor lost its data'
        )
        _describe -t commands command commands && ret=0 ;;
      rest)
        case "$line[1]" in
        list)
          _arguments -s : "${shared[@]}" \
            '*--since=[Planned on or after DATE; also 7d, 12h, 30m]:DATE: ' \
            '*--verb=[Only creates, updates, …]:V:(api cancel create push update)' \
            '*--outcome=[Only this state; unresolved\: any that is in doubt. Repeatable]:STATE:(planned sending done refused unknown conflict unresolved)' \
            '*--reference=[Only this order number of yours]:R: ' \
            '*--limit=[At most N operations (default\: 100)]:N: ' \
            '*--all[List all, not only the newest 100]' \
            '*--fields=[Show only these fields]:A,B:_values -s , field op run profile vendor target verb reference id state attempts planned_at first_sent_at sent_at settled_at http_status message steps cancelled_at searched_at absent damaged content' \
            && ret=0
          ;;
        show)
          _arguments -s : "${shared[@]}" \
            '*--fields=[Show only these fields]:A,B:_values -s , field op run profile vendor target verb reference id state attempts planned_at first_sent_at sent_at settled_at http_status message steps cancelled_at searched_at absent damaged content' \
            '*:NAMES: ' && ret=0
          ;;
        reconcile)
          _arguments -s : "${shared[@]}" \
            '*--all[Every write of the profile'\''s account that is in doubt]' \
            '*--fields=[Show only these fields]:A,B: ' \
            '*:NAMES: ' && ret=0
          ;;
        resolve)
          _arguments -s : "${shared[@]}" \
            '*--exists=[The create made the order with this id]:ID: ' \
            '*--absent[It was not done\: no such order, or no such change, exists]' \
            '*--applied[The update, push, cancel or call was applied]' \
            '*--fields=[Show only these fields]:A,B: ' \
            '*:NAMES: ' && ret=0
          ;;
        resend)
          _arguments -s : "${shared[@]}" \
            '*--fields=[Show only these fields]:A,B: ' \
            '*:NAMES: ' && ret=0
          ;;
        prune)
          _arguments -s : "${shared[@]}" \
            '*--older-than=[Rows that were settled more than AGE ago\: 90d, 12w]:AGE: ' \
            '*--fields=[Show only these fields]:A,B: ' \
            && ret=0
          ;;
        move)
          _arguments -s : "${shared[@]}" \
            '*--from=[The target that has the rows now, as journal list shows it]:TARGET:_files' \
            '*--fields=[Show only these fields]:A,B: ' \
            && ret=0
          ;;
        forget)
          _arguments -s : "${shared[@]}" \
            '*--fields=[Show only these fields]:A,B: ' \
            && ret=0
          ;;
        esac ;;
      esac
      ;;
    listen)
      _arguments -s : "${shared[@]}" \
        '*--port=[The port to listen on (default\: 8090); 0 is any free one]:N: ' \
        '*--host=[Where to listen (default\: 127.0.0.1, this machine only)]:ADDRESS: ' \
        '*--rotate[Make a new secret path; listeners use it from their next start]' \
        '*--fields=[Show only these fields]:A,B: ' \
        && ret=0
      ;;
    events)
      _arguments -C -s : "${shared[@]}" "*--fields=:A,B: " "(-)1: :->command" "(-)*:: :->rest" && ret=0
      case "$state" in
      command)
        commands=(
          'list:List the received order changes, oldest first; -p shows one profile'\''s only'
          'show:Show one event, with the order as the vendor sent it'
          'ack:Acknowledge events as processed: --unacked does not show them any more'
          'export:Print whole events for another program, one JSON document a line, oldest first'
        )
        _describe -t commands command commands && ret=0 ;;
      rest)
        case "$line[1]" in
        list)
          _arguments -s : "${shared[@]}" \
            '*--since=[Received on or after]:DATE: ' \
            '*--unacked[Only those that were not acknowledged yet]' \
            '*--kind=[Only this kind, in the vendor'\''s word]:KIND: ' \
            '*--limit=[At most N events (default\: 100)]:N: ' \
            '*--all[List all, not only the first 100]' \
            '*--after=[Start after this event]:ID: ' \
            '*--fields=[Show only these fields]:A,B:_values -s , field id received_at profile vendor kind order_id reference message_id tenant_id app_id acked_at data raw' \
            && ret=0
          ;;
        show)
          _arguments -s : "${shared[@]}" \
            '*--raw[Add the request'\''s body as it came]' \
            '*--fields=[Show only these fields]:A,B:_values -s , field id received_at profile vendor kind order_id reference message_id tenant_id app_id acked_at data raw' \
            '*:ID: ' && ret=0
          ;;
        ack)
          _arguments -s : "${shared[@]}" \
            '*--fields=[Show only these fields]:A,B: ' \
            '*:IDS: ' && ret=0
          ;;
        export)
          _arguments -s : "${shared[@]}" \
            '*--since=[Received on or after]:DATE: ' \
            '*--unacked[Only those that were not acknowledged yet]' \
            '*--kind=[Only this kind, in the vendor'\''s word]:KIND: ' \
            '*--limit=[At most N events]:N: ' \
            '*--after=[Start after this event]:ID: ' \
            '*--raw[Add each request'\''s body as it came]' \
            '*--ack[Only unacknowledged events; acknowledge them after all are written]' \
            '*--fields=[Show only these fields]:A,B: ' \
            && ret=0
          ;;
        esac ;;
      esac
      ;;
    mapping)
      _arguments -C -s : "${shared[@]}" "*--fields=:A,B: " "(-)1: :->command" "(-)*:: :->rest" && ret=0
      case "$state" in
      command)
        commands=(
          'list:List the mappings: those that are built in, and your own'
          'show:Print a mapping as TOML, to be changed'
          'suggest:Print a first mapping for a file that no mapping recognises, and what is left to do'
          'try:Show how a file is read, order by order, without sending anything'
        )
        _describe -t commands command commands && ret=0 ;;
      rest)
        case "$line[1]" in
        list)
          _arguments -s : "${shared[@]}" \
            '*--fields=[Show only these fields]:A,B:_values -s , field name source format known_by' \
            && ret=0
          ;;
        show)
          _arguments -s : "${shared[@]}" \
            '*--fields=[Show only these fields]:A,B: ' \
            '*:NAME: ' && ret=0
          ;;
        suggest)
          _arguments -s : "${shared[@]}" \
            '*--format=[The file'\''s format\: csv, json, jsonl or xlsx]:F:(csv json jsonl xlsx)' \
            '*--encoding=[The file'\''s encoding (default\: utf-8)]:E: ' \
            '*--delimiter=[The character between a CSV'\''s cells, or tab (default\: found)]:C: ' \
            '*--fields=[Show only these fields]:A,B: ' \
            '*:FILE: ' && ret=0
          ;;
        try)
          _arguments -s : "${shared[@]}" \
            '*--format=[The file'\''s format\: csv, json, jsonl or xlsx]:F:(csv json jsonl xlsx)' \
            '*--map=[The mapping that reads the file, or none]:NAME|FILE: ' \
            '*--with=[The second file of a mapping that reads two]:FILE: ' \
            '*--columns=[How the file'\''s headings map to ours]:OURS=THEIRS,…: ' \
            '*--numbers=[How numbers are written\: 1.234,56 or 1,234.56]:EXAMPLE: ' \
            '*--dates=[How dates are written, such as DD/MM/YYYY]:FORMAT: ' \
            '*--encoding=[The file'\''s encoding (default\: utf-8)]:E: ' \
            '*--delimiter=[The character between a CSV'\''s cells, or tab (default\: found)]:C: ' \
            '*--ignore-columns[Ignore columns of lines and amounts that are not mapped]' \
            '*--fields=[Show only these fields]:A,B: ' \
            '*:FILE: ' && ret=0
          ;;
        esac ;;
      esac
      ;;
    profile)
      _arguments -C -s : "${shared[@]}" "*--fields=:A,B: " "(-)1: :->command" "(-)*:: :->rest" && ret=0
      case "$state" in
      command)
        commands=(
          'list:List the profiles of the config file, and those of the sandbox, which need no config'
          'show:Show one profile with its defaults, and its url in normal form; never a secret'
          'add:Add a profile to the config file, which keeps its comments and layout'
          'use:Make a profile the default for reads'
          'remove:Remove a profile from the config file, and its secrets from the keyring'
        )
        _describe -t commands command commands && ret=0 ;;
      rest)
        case "$line[1]" in
        list)
          _arguments -s : "${shared[@]}" \
            '*--fields=[Show only these fields]:A,B:_values -s , field name vendor url timezone currency default protected sandbox settings' \
            && ret=0
          ;;
        show)
          _arguments -s : "${shared[@]}" \
            '*--fields=[Show only these fields]:A,B: ' \
            '1:NAME:_orderctl_profiles' && ret=0
          ;;
        add)
          _arguments -s : "${shared[@]}" \
            '*--vendor=[The vendor]:NAME:(flyerlink imonggo omflow onebox qince)' \
            '*--url=[Its address\: https\://… or sandbox\:]:URL: ' \
            '*--set=[Another key of the profile; KEY\:=JSON. Repeatable]:KEY=VALUE: ' \
            '*--timezone=[How bare dates are read\: Europe/Kyiv]:ZONE: ' \
            '*--currency=[Three letters\: EUR]:C: ' \
            '*--rate=[Requests a second, at most]:N: ' \
            '*--use[Make it the default for reads]' \
            '*--fields=[Show only these fields]:A,B: ' \
            '*:NAME: ' && ret=0
          ;;
        use)
          _arguments -s : "${shared[@]}" \
            '*--fields=[Show only these fields]:A,B: ' \
            '1:NAME:_orderctl_profiles' && ret=0
          ;;
        remove)
          _arguments -s : "${shared[@]}" \
            '*--fields=[Show only these fields]:A,B: ' \
            '1:NAME:_orderctl_profiles' && ret=0
          ;;
        esac ;;
      esac
      ;;
    auth)
      _arguments -C -s : "${shared[@]}" "*--fields=:A,B: " "(-)1: :->command" "(-)*:: :->rest" && ret=0
      case "$state" in
      command)
        commands=(
          'login:Store a profile'\''s secrets in the keyring of this machine, after one harmless read has proved the login'
          'logout:Remove a profile'\''s secrets from the keyring of this machine'
          'status:Show for every profile where each of its secrets comes from, never the secret'
        )
        _describe -t commands command commands && ret=0 ;;
      rest)
        case "$line[1]" in
        login)
          _arguments -s : "${shared[@]}" \
            '*--field=[Only this secret. Repeatable]:NAME: ' \
            '*--fields=[Show only these fields]:A,B: ' \
            && ret=0
          ;;
        logout)
          _arguments -s : "${shared[@]}" \
            '*--fields=[Show only these fields]:A,B: ' \
            && ret=0
          ;;
        status)
          _arguments -s : "${shared[@]}" \
            '*--fields=[Show only these fields]:A,B:_values -s , field profile vendor secret required source' \
            && ret=0
          ;;
        esac ;;
      esac
      ;;
    doctor)
      _arguments -s : "${shared[@]}" \
        '*--cron[Check as cron would run it; print problems only, one a line]' \
        '*--max-age=[Report it if no list or write succeeded within AGE\: 1d, 2h, 30m]:AGE: ' \
        '*--bundle=[Write what a bug report needs to FILE\: .zip, .tar.gz]:FILE: ' \
        '*--fields=[Show only these fields]:A,B: ' \
        && ret=0
      ;;
    completion)
      _arguments -s : "${shared[@]}" \
        '*--fields=[Show only these fields]:A,B: ' \
        '1:SHELL:(bash fish zsh)' && ret=0
      ;;
    sandbox)
      _arguments -C -s : "${shared[@]}" "*--fields=:A,B: " "(-)1: :->command" "(-)*:: :->rest" && ret=0
      case "$state" in
      command)
        commands=(
          'serve:Serve an emulator over HTTP on this machine only, until Ctrl-C, for scripts in any language and for tests'
          'reset:Empty the sandbox: delete every order, and start ids again'
        )
        _describe -t commands command commands && ret=0 ;;
      rest)
        case "$line[1]" in
        serve)
          _arguments -s : "${shared[@]}" \
            '*--vendor=[The vendor of the emulator]:NAME:(flyerlink imonggo omflow onebox qince)' \
            '*--port=[The port on 127.0.0.1 (default\: 8080); 0 is any free one]:N: ' \
            '*--fault=[Misbehave\: KIND\[=VALUE\]\[*TIMES\]\[+SKIP\]\[@PATH\]. Repeatable]:SPEC: ' \
            '*--switch=[Change how the emulator behaves. Repeatable]:KEY=VALUE: ' \
            '*--store=[Keep orders in FILE; \:memory\: drops them at the end]:FILE:_files' \
            '*--fields=[Show only these fields]:A,B: ' \
            && ret=0
          ;;
        reset)
          _arguments -s : "${shared[@]}" \
            '*--vendor=[Only this emulator (default\: all, or -p'\''s)]:NAME:(flyerlink imonggo omflow onebox qince)' \
            '*--fields=[Show only these fields]:A,B: ' \
            && ret=0
          ;;
        esac ;;
      esac
      ;;
    demo)
      _arguments -s : "${shared[@]}" \
        '*--vendor=[The vendor of the emulator (default\: onebox)]:NAME:(flyerlink imonggo omflow onebox qince)' \
        '*--fields=[Show only these fields]:A,B: ' \
        && ret=0
      ;;
    vendors)
      _arguments -s : "${shared[@]}" \
        '*--fields=[Show only these fields]:A,B:_values -s , field name title summary url timezone commands refusals duplicates filters filters_here sorts page_size cancel comment_kinds attachments statuses limits settings secrets' \
        '1:NAME:(flyerlink imonggo omflow onebox qince)' && ret=0
      ;;
    schema)
      _arguments -s : "${shared[@]}" \
        '*--fields=[Show only these fields]:A,B: ' \
        '1:NAME:(auth comments doctor draft drafts error event events fields flyerlink imonggo journal lines list listen mapping mappings omflow onebox operation order profile profiles qince requests result results sandbox statuses steps vendors)' && ret=0
      ;;
    template)
      _arguments -s : "${shared[@]}" \
        '*--format=[json, jsonl, csv or xlsx (default\: json); or -o]:F:(csv json jsonl xlsx)' \
        '*--fields=[Show only these fields]:A,B: ' \
        && ret=0
      ;;
    api)
      _arguments -s : "${shared[@]}" \
        '*--set=[A parameter; KEY\:=JSON; KEY=@FILE. Repeatable]:KEY=VALUE: ' \
        '*--body=[The body, sent unchanged; @- is standard input]:TEXT|@FILE: ' \
        '*--fields=[Show only these fields]:A,B: ' \
        '1:METHOD:(DELETE GET HEAD PATCH POST PUT)' && ret=0
      ;;
    help)
      _arguments -s : "${shared[@]}" \
        '*--fields=[Show only these fields]:A,B: ' \
        '1:WORDS:(adding-a-vendor api auth cancel changes comments completion configuration create credentials cron csv demo doctor events exit-codes fields first-steps get help journal layout lines list listen mapping profile push pushed-orders sandbox schema statuses steps template troubleshooting update vendors)' && ret=0
      ;;
    esac ;;
  esac
  return ret
}

if [[ "$funcstack[1]" == _orderctl ]]; then _orderctl "$@"; else compdef _orderctl orderctl; fi
