# Completion for orderctl. Generated from its command table: do not edit.
# bash: source <(orderctl completion bash)

_orderctl_profiles() {
    "${COMP_WORDS[0]/#\~/$HOME}" --complete-profiles 2>/dev/null || orderctl --complete-profiles 2>/dev/null
}

_orderctl_offer() {
    local word
    for word in $1; do
        [[ "$word" == "$current"* ]] && COMPREPLY+=("$prefix$word")
    done
}

_orderctl_files() {
    local file
    compopt -o filenames 2>/dev/null
    while IFS= read -r file; do COMPREPLY+=("$prefix$file"); done < <(compgen -f -- "$current")
}

_orderctl() {
    local IFS=$' \t\n' current="${COMP_WORDS[COMP_CWORD]}" prefix="" path="" words="" count=0
    local option="" last="" word index
    COMPREPLY=()
    for ((index = 1; index < COMP_CWORD; index++)); do
        word="${COMP_WORDS[index]}"
        if [[ "$word" == [:=]* ]]; then  # bash takes --output=json for three words
            option="$last"
        elif [[ -n "$option" ]]; then
            option=""
        else
            last=""
            case "$word" in
            --address|--after|--body|--by|--changed-since|--color|--columns|--config|--currency|--customer|--customer-name|--dates|--deadline|--delimiter|--due|--email|--encoding|--exists|--fault|--field|--fields|--file|--format|--from|--host|--jobs|--kind|--limit|--line|--lock|--map|--max-affected|--max-errors|--note|--numbers|--older-than|--outcome|--output|--phone|--port|--profile|--rate|--reason|--reference|--rejects|--results|--set|--settled|--since|--sort|--status|--step|--store|--switch|--timeout|--timezone|--title|--to|--total|--trace|--type|--until|--url|--vendor|--verb|--where|--with|-o|-p) option="$word" last="$word" ;;
            -*) ;;
            *)
                case "$path" in
                "") path="$word" ;;
                auth|events|journal|mapping|profile|sandbox) path="$path $word" ;;
                *) count=$((count + 1)) ;;
                esac
                ;;
            esac
        fi
    done
    [[ "$current" == "=" ]] && current="" option="$last"
    if [[ "$current" == --*=* ]]; then
        option="${current%%=*}" prefix="${current%%=*}=" current="${current#*=}"
    fi
    case "$option" in
    --address|--after|--body|--by|--changed-since|--columns|--currency|--customer|--customer-name|--dates|--deadline|--delimiter|--due|--email|--encoding|--exists|--fault|--field|--fields|--host|--jobs|--kind|--limit|--line|--lock|--map|--max-affected|--max-errors|--note|--numbers|--older-than|--phone|--port|--rate|--reason|--reference|--set|--settled|--since|--sort|--step|--switch|--timeout|--timezone|--title|--to|--total|--until|--url|--where|--with) :; return ;;
    --color) _orderctl_offer "always auto never"; return ;;
    --config|--file|--from|--rejects|--results|--store|--trace) _orderctl_files; return ;;
    --format) _orderctl_offer "csv json jsonl xlsx"; return ;;
    --outcome) _orderctl_offer "planned sending done refused unknown conflict unresolved"; return ;;
    --output|-o) _orderctl_offer "csv ids json jsonl table"; return ;;
    --profile|-p) _orderctl_offer "$(_orderctl_profiles)"; return ;;
    --status) _orderctl_offer "open in_progress completed cancelled failed unknown"; return ;;
    --type) _orderctl_offer "call change comment commentresult email notify"; return ;;
    --vendor) _orderctl_offer "flyerlink imonggo omflow onebox qince"; return ;;
    --verb) _orderctl_offer "api cancel create push update"; return ;;
    esac
    case "$path" in
    "") words="create update push cancel get list lines steps comments fields journal listen events mapping profile auth completion sandbox demo vendors schema template api help" ;;
    "auth") words="login logout status" ;;
    "events") words="list show ack export" ;;
    "journal") words="list show reconcile resolve resend prune move forget" ;;
    "mapping") words="list show suggest try" ;;
    "profile") words="list show add use remove" ;;
    "sandbox") words="serve reset" ;;
    esac
    case "$current" in
    -*)
        case "$path" in
        "create") words="--reference --title --note --customer --customer-name --email --phone --address --due --currency --total --status --paid --unpaid --line --set --file --from --format --map --with --columns --encoding --delimiter --numbers --dates --ignore-columns --settled --skip-invalid --skip-existing --new-target --rejects --results --jobs --max-errors" ;;
        "update") words="--reference --title --note --customer --customer-name --email --phone --address --due --currency --total --status --paid --unpaid --line --replace-lines --set --file --from" ;;
        "push") words="--reference --to --step --by --set --max-affected" ;;
        "cancel") words="--reference --reason --max-affected" ;;
        "get") words="--reference --set --raw" ;;
        "list") words="--status --since --until --changed-since --customer --reference --where --set --limit --all --after --sort --raw" ;;
        "lines") words="--reference" ;;
        "steps") words="--reference" ;;
        "comments") words="--reference --type" ;;
        "journal list") words="--since --verb --outcome --reference --limit --all" ;;
        "journal reconcile") words="--all" ;;
        "journal resolve") words="--exists --absent --applied" ;;
        "journal prune") words="--older-than" ;;
        "journal move") words="--from" ;;
        "listen") words="--port --host --rotate" ;;
        "events list") words="--since --unacked --kind --limit --all --after" ;;
        "events show") words="--raw" ;;
        "events export") words="--since --unacked --kind --limit --after --raw --ack" ;;
        "mapping suggest") words="--format --encoding --delimiter" ;;
        "mapping try") words="--format --map --with --columns --numbers --dates --encoding --delimiter --ignore-columns" ;;
        "profile add") words="--vendor --url --set --timezone --currency --rate --use" ;;
        "auth login") words="--field" ;;
        "sandbox serve") words="--vendor --port --fault --switch --store" ;;
        "sandbox reset") words="--vendor" ;;
        "demo") words="--vendor" ;;
        "template") words="--format" ;;
        "api") words="--set --body" ;;
        *) words="" ;;
        esac
        _orderctl_offer "$words -p --profile -o --output --fields -n --dry-run -y --yes --no-input -q --quiet -v --verbose --trace --timeout --deadline --lock --config --color --secrets-stdin -h --help"
        return ;;
    esac
    [[ -n "$words" ]] && { _orderctl_offer "$words"; return; }
    [[ "$count" == 0 ]] || return
    case "$path" in
    "profile show") _orderctl_offer "$(_orderctl_profiles)" ;;
    "profile use") _orderctl_offer "$(_orderctl_profiles)" ;;
    "profile remove") _orderctl_offer "$(_orderctl_profiles)" ;;
    "completion") _orderctl_offer "bash fish zsh" ;;
    "vendors") _orderctl_offer "flyerlink imonggo omflow onebox qince" ;;
    "schema") _orderctl_offer "auth comments draft drafts error event events fields flyerlink imonggo journal lines list listen mapping mappings omflow onebox operation order profile profiles qince requests result results sandbox steps vendors" ;;
    "api") _orderctl_offer "DELETE GET HEAD PATCH POST PUT" ;;
    "help") _orderctl_offer "adding-a-vendor api auth cancel comments completion configuration create credentials cron csv demo events exit-codes fields get help journal lines list listen mapping profile push pushed-orders sandbox schema steps template update vendors" ;;
    esac
}

complete -F _orderctl orderctl
