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

_orderctl_some() {  # a comma between two
    local before=""
    [[ "$current" == *,* ]] && before="${current%,*}," current="${current##*,}"
    prefix="$prefix$before"
    _orderctl_offer "$1"
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
            --address|--after|--body|--bundle|--by|--changed-since|--checkpoint|--color|--columns|--config|--currency|--customer|--customer-name|--dates|--deadline|--delimiter|--due|--email|--encoding|--exists|--fault|--field|--fields|--file|--format|--from|--host|--jobs|--kind|--limit|--line|--lock|--map|--max-affected|--max-age|--max-errors|--note|--numbers|--older-than|--outcome|--output|--phone|--port|--profile|--rate|--reason|--reference|--rejects|--results|--set|--settled|--since|--sort|--status|--step|--store|--switch|--text|--timeout|--timezone|--title|--to|--total|--trace|--type|--until|--url|--vendor|--verb|--wait|--watch|--where|--with|-o|-p) option="$word" last="$word" ;;
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
    --color) _orderctl_offer "always auto never"; return ;;
    --config|--file|--from|--rejects|--results|--store|--trace) _orderctl_files; return ;;
    --format) _orderctl_offer "csv json jsonl xlsx"; return ;;
    --outcome) _orderctl_offer "planned sending done refused unknown conflict unresolved"; return ;;
    --output|-o) _orderctl_offer "csv ids json jsonl table xlsx"; return ;;
    --profile|-p) _orderctl_some "$(_orderctl_profiles)"; return ;;
    --status|--wait) _orderctl_offer "open in_progress completed cancelled failed unknown"; return ;;
    --type) _orderctl_offer "call change comment commentresult email notify"; return ;;
    --vendor) _orderctl_offer "flyerlink imonggo omflow onebox qince"; return ;;
    --verb) _orderctl_offer "api cancel create push update"; return ;;
    --fields) case "$path" in
        "create") _orderctl_some "verb outcome profile vendor id reference journal message" ;;
        "update") _orderctl_some "verb outcome profile vendor id reference journal message" ;;
        "push") _orderctl_some "verb outcome profile vendor id reference journal message" ;;
        "cancel") _orderctl_some "verb outcome profile vendor id reference journal message" ;;
        "get") _orderctl_some "profile vendor id reference number title status vendor_status steps customer customer.id customer.code customer.name customer.email customer.phone customer.address lines currency total paid created_at updated_at due_at note extra raw customer_name email phone address due sku name quantity price _id _number _status _vendor_status _created_at _updated_at _profile _vendor" ;;
        "list") _orderctl_some "profile vendor id reference number title status vendor_status steps customer customer.id customer.code customer.name customer.email customer.phone customer.address lines currency total paid created_at updated_at due_at note extra raw customer_name email phone address due sku name quantity price _id _number _status _vendor_status _created_at _updated_at _profile _vendor" ;;
        "lines") _orderctl_some "id sku name quantity unit_price total extra" ;;
        "steps") _orderctl_some "id name error" ;;
        "comments") _orderctl_some "id created_at kind text author extra" ;;
        "fields") _orderctl_some "name kind required word note aliases choices max_length reserved instead required_known" ;;
        "statuses") _orderctl_some "name status orders source" ;;
        "journal list") _orderctl_some "op run profile vendor target verb reference id state attempts planned_at first_sent_at sent_at settled_at http_status message steps cancelled_at searched_at absent damaged content" ;;
        "journal show") _orderctl_some "op run profile vendor target verb reference id state attempts planned_at first_sent_at sent_at settled_at http_status message steps cancelled_at searched_at absent damaged content" ;;
        "events list") _orderctl_some "id received_at profile vendor kind order_id reference message_id tenant_id app_id acked_at data raw" ;;
        "events show") _orderctl_some "id received_at profile vendor kind order_id reference message_id tenant_id app_id acked_at data raw" ;;
        "mapping list") _orderctl_some "name source format known_by" ;;
        "profile list") _orderctl_some "name vendor url timezone currency default protected sandbox settings" ;;
        "auth status") _orderctl_some "profile vendor secret required source" ;;
        "vendors") _orderctl_some "name title summary url timezone commands refusals duplicates filters filters_here sorts page_size cancel comment_kinds attachments statuses limits settings secrets" ;;
        esac
        return ;;
    esac
    case "$path" in
    "") words="create update push cancel get list lines steps comments fields statuses journal listen events mapping profile auth doctor completion sandbox demo vendors schema template api help" ;;
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
        "create") words="--reference --title --note --customer --customer-name --email --phone --address --due --currency --total --status --paid --unpaid --line --set --file --from --format --map --with --columns --encoding --delimiter --numbers --dates --ignore-columns --settled --skip-invalid --skip-existing --new-target --rejects --results --jobs --max-errors --fields" ;;
        "update") words="--reference --title --note --customer --customer-name --email --phone --address --due --currency --total --status --paid --unpaid --line --replace-lines --set --file --from --format --map --with --columns --encoding --delimiter --numbers --dates --ignore-columns --settled --skip-invalid --rejects --results --jobs --max-errors --max-affected --fields" ;;
        "push") words="--reference --to --step --by --set --results --jobs --max-errors --max-affected --wait --fields" ;;
        "cancel") words="--reference --reason --results --jobs --max-errors --max-affected --fields" ;;
        "get") words="--reference --set --raw --wide --bom --wait --fields" ;;
        "list") words="--status --since --until --changed-since --customer --reference --text --where --set --limit --all --after --sort --checkpoint --watch --raw --wide --bom --fields" ;;
        "lines") words="--reference --wide --bom --fields" ;;
        "steps") words="--reference --fields" ;;
        "comments") words="--reference --type --fields" ;;
        "fields") words="--fields" ;;
        "statuses") words="--all --fields" ;;
        "journal list") words="--since --verb --outcome --reference --limit --all --fields" ;;
        "journal show") words="--fields" ;;
        "journal reconcile") words="--all --fields" ;;
        "journal resolve") words="--exists --absent --applied --fields" ;;
        "journal resend") words="--fields" ;;
        "journal prune") words="--older-than --fields" ;;
        "journal move") words="--from --fields" ;;
        "journal forget") words="--fields" ;;
        "listen") words="--port --host --rotate --fields" ;;
        "events list") words="--since --unacked --kind --limit --all --after --fields" ;;
        "events show") words="--raw --fields" ;;
        "events ack") words="--fields" ;;
        "events export") words="--since --unacked --kind --limit --after --raw --ack --fields" ;;
        "mapping list") words="--fields" ;;
        "mapping show") words="--fields" ;;
        "mapping suggest") words="--format --encoding --delimiter --fields" ;;
        "mapping try") words="--format --map --with --columns --numbers --dates --encoding --delimiter --ignore-columns --fields" ;;
        "profile list") words="--fields" ;;
        "profile show") words="--fields" ;;
        "profile add") words="--vendor --url --set --timezone --currency --rate --use --fields" ;;
        "profile use") words="--fields" ;;
        "profile remove") words="--fields" ;;
        "auth login") words="--field --fields" ;;
        "auth logout") words="--fields" ;;
        "auth status") words="--fields" ;;
        "doctor") words="--cron --max-age --bundle --fields" ;;
        "completion") words="--fields" ;;
        "sandbox serve") words="--vendor --port --fault --switch --store --fields" ;;
        "sandbox reset") words="--vendor --fields" ;;
        "demo") words="--vendor --fields" ;;
        "vendors") words="--fields" ;;
        "schema") words="--fields" ;;
        "template") words="--format --fields" ;;
        "api") words="--set --body --fields" ;;
        "help") words="--fields" ;;
        *) words="" ;;
        esac
        _orderctl_offer "$words -p --profile -o --output -n --dry-run -y --yes --no-input -q --quiet -v --verbose --trace --reveal --timeout --deadline --lock --config --color --secrets-stdin -h --help"
        return ;;
    esac
    [[ -n "$words" ]] && { _orderctl_offer "$words"; return; }
    [[ "$count" == 0 ]] || return
    case "$path" in
    "profile show") _orderctl_some "$(_orderctl_profiles)" ;;
    "profile use") _orderctl_some "$(_orderctl_profiles)" ;;
    "profile remove") _orderctl_some "$(_orderctl_profiles)" ;;
    "completion") _orderctl_offer "bash fish zsh" ;;
    "vendors") _orderctl_offer "flyerlink imonggo omflow onebox qince" ;;
    "schema") _orderctl_offer "auth comments doctor draft drafts error event events fields flyerlink imonggo journal lines list listen mapping mappings omflow onebox operation order profile profiles qince requests result results sandbox statuses steps vendors" ;;
    "api") _orderctl_offer "DELETE GET HEAD PATCH POST PUT" ;;
    "help") _orderctl_offer "adding-a-vendor api auth cancel changes comments completion configuration create credentials cron csv demo doctor events exit-codes fields first-steps get help journal layout lines list listen mapping profile push pushed-orders sandbox schema statuses steps template troubleshooting update vendors" ;;
    esac
}

complete -F _orderctl orderctl
