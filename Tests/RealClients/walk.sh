# What the walks of the real clients have in common: the running sandbox's environment, checks that are told in TAP, and a
# directory for this walk alone. Sourced with the world's directory as the only argument.
set -u
world=${1:?the world directory of a running sandbox}
connection() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$world/connection.json" "$1"; }
eval "$(python3 - "$world/connection.json" << 'PYTHON'
import json, shlex, sys
for name, value in json.load(open(sys.argv[1]))["environment"].items():
    print(f"export {name}={shlex.quote(value)}")
PYTHON
)"
metadata=$ARM_CLOUD_METADATA_URL
unset NO_PROXY no_proxy ARM_CLOUD_METADATA_URL
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export AZURE_CONFIG_DIR=$scratch/config AZURE_CORE_COLLECT_TELEMETRY=false AZURE_CORE_NO_COLOR=1

# needs COMMAND...: ends the walk as skipped, and says for want of what, if any command is missing.
needs() {
    local command
    for command in "$@"; do
        command -v "$command" > /dev/null && continue
        echo "1..0 # skipped: no $command on PATH"
        exit 0
    done
}

number=0 failures=0 output=
# check DESCRIPTION EXIT-STATUS TEXT COMMAND...: the command ends with the status, and its output holds the text.
check() {
    local description=$1 expected=$2 text=$3 status
    shift 3
    output=$("$@" 2>&1 < /dev/null)
    status=$?
    number=$((number + 1))
    if [ "$status" = "$expected" ] && grep -qF -- "$text" <<< "$output"; then
        echo "ok $number - $description"
    else
        failures=$((failures + 1))
        echo "not ok $number - $description (exit $status, expected $expected with '$text')"
        tail -12 <<< "$output" | sed 's/^/# /'
    fi
}

# step DESCRIPTION: runs the shell text on standard input, as one pastes it; what it sets holds for the steps after it.
step() {
    local text
    text=$(cat)
    printf '%s\n' 'set -euo pipefail; set -a' "[ ! -e '$scratch/set' ] || . '$scratch/set'" "cd '$scratch'" "$text" \
        "export -p > '$scratch/set'" > "$scratch/step"
    check "$1" 0 "" bash "$scratch/step"
}

# sign_in: az knows the sandbox as a cloud of its own, and is signed in.
sign_in() {
    check "az signs in" 0 "Purser Sandbox" bash -c "az cloud register -n Sandbox --endpoint-resource-manager \
        '$(connection azureURL)' && az cloud set -n Sandbox && az login --service-principal -u '$AZURE_CLIENT_ID' \
        -p '$AZURE_CLIENT_SECRET' --tenant '$AZURE_TENANT_ID'"
}

# administer METHOD PATH: asks the sandbox's own interface.
administer() {
    curl -sS --noproxy '*' --cacert "$(connection caFile)" -X "$1" -H "x-admin-token: $(connection adminToken)" \
        "$(connection adminURL)/$2"
}

# writes: what was asked since `administer DELETE requests` that changed anything, one line each.
writes() {
    administer GET requests | python3 -c '
import json, sys
reads = ("checknameavailability", "listclusterusercredential", "selfsubjectaccessreviews", "selfsubjectreviews")
for call in json.load(sys.stdin):
    asks = call["method"] in ("GET", "HEAD") or call["dryRun"] or call["path"].lower().endswith(reads)
    if not asks and call["plane"] in ("arm", "vault", "kubernetes") and call["status"] != 401:
        print(call["plane"], call["method"], call["path"], call["status"])'
}

# finish: the end of a walk.
finish() {
    echo "1..$number"
    [ $failures = 0 ]
}
