"""helm's command line over the Helm SDK (`helm_python`): the commands and flags that purser and its tests use.

Output, exit codes and error texts are those of helm 4. What the SDK cannot do (plugins, `oci://` charts with a login,
post-renderers) is an unknown command or an unknown flag here, never a silent no-op.
"""

import json
import os
import re
import signal
import sys
import tempfile
import threading
import urllib.request

import helm_python
from helm_python import Chart, Config, HelmContext, HelmError, HelmNotFoundError

SETTINGS = {  # understood before and after any command
    "namespace": "value", "n": "namespace", "kubeconfig": "value", "kube-context": "value", "debug": "bool",
}
VALUES = {
    "values": "list", "f": "values", "set": "list", "set-string": "list", "set-json": "list", "set-file": "list",
}
CHART = {"repo": "value", "version": "value", "plain-http": "bool"}
WAIT = {"wait": "wait", "timeout": "value"}
OUTPUT = {"output": "value", "o": "output"}
REVISION = {"revision": "value"}
CHANGE = {
    **VALUES, **CHART, **WAIT, **OUTPUT, "rollback-on-failure": "bool", "atomic": "rollback-on-failure",
    "create-namespace": "bool", "dry-run": "dry-run", "description": "value", "labels": "list", "l": "labels",
}
# A flag of these kinds may stand without a value, which is then: (helm's NoOptDefVal)
ALONE = {"bool": "true", "wait": "watcher", "dry-run": "client"}


class Usage(Exception):
    """The command line is wrong; helm answers with one line and exit code 1."""


def parse(arguments, flags):
    """Returns the flags that were given, by long name, and the other words in order."""
    flags, given, words = {**SETTINGS, **flags}, {}, []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return given, words + rest
        if not word.startswith("-") or word == "-":
            words.append(word)
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if not word.startswith("--") and not equals and len(name) > 1:
            name, value, equals = name[0], name[1:], "="  # -ncsi
        kind = flags.get(name)
        if kind in flags:
            name, kind = kind, flags[kind]
        if kind is None:
            raise Usage(f"unknown flag: {word.partition('=')[0]}")
        if not equals:
            if kind in ALONE:
                value = ALONE[kind]
            elif rest:
                value = rest.pop(0)
            else:
                raise Usage(f"flag needs an argument: {word}")
        given[name] = given.get(name, []) + [value] if kind == "list" else truth(name, value) if kind == "bool" else value
    return given, words


def truth(name, text):
    if text.lower() not in ("true", "false", "1", "0", "t", "f"):
        raise Usage(f'invalid argument "{text}" for "--{name}" flag: strconv.ParseBool: parsing "{text}": invalid syntax')
    return text.lower() in ("true", "1", "t")


def seconds(duration):
    """A Go duration such as `5m0s`, in whole seconds, rounded up; None stays None."""
    if duration is None:
        return None
    units = {"h": 3600, "m": 60, "s": 1, "ms": 0.001}
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|ms|m|s)", duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise Usage(f'invalid argument "{duration}" for "--timeout" flag: time: invalid duration "{duration}"')
    return max(1, int(-(-sum(float(number) * units[unit] for number, unit in parts) // 1)))


def merged(base, over):
    """Maps are joined, anything else is replaced: what helm does with several value files."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}


def values(given):
    result = {}
    for path in given.get("values", []):
        if path == "-":
            text = sys.stdin.read()
        else:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        result = merged(result, helm_python.values_from_yaml(text) or {})
    readers = {
        "set-json": helm_python.parse_set_json, "set": helm_python.parse_set_string,
        "set-string": helm_python.parse_set_string_values, "set-file": helm_python.parse_set_file,
    }
    for flag, reader in readers.items():
        for expression in given.get(flag, []):
            result = merged(result, reader(expression))
    return result


def configuration(given):
    if given.get("debug"):
        import logging
        logging.basicConfig(stream=sys.stderr, level=logging.DEBUG)
        helm_python.enable_logging(logging.DEBUG)
    return Config(
        namespace=given.get("namespace") or os.environ.get("HELM_NAMESPACE"),
        kubeconfig_path=given.get("kubeconfig"),
        kube_context=given.get("kube-context") or os.environ.get("HELM_KUBECONTEXT"),
    )


def expect(words, *names):
    if len(words) != len(names):
        raise Usage(f'"helm" requires {len(names)} argument{"s" if len(names) != 1 else ""}: {" ".join(names)}')
    return words


def repositories_file():
    """Where helm keeps the repositories that were added."""
    base = os.environ.get("HELM_CONFIG_HOME") or os.path.join(
        os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"), "helm")
    return os.environ.get("HELM_REPOSITORY_CONFIG") or os.path.join(base, "repositories.yaml")


def repositories():
    """The URLs of the repositories that were added, by name."""
    try:
        with open(repositories_file(), encoding="utf-8") as file:
            stored = helm_python.values_from_yaml(file.read()) or {}
    except FileNotFoundError:
        stored = {}
    return {one["name"]: one["url"] for one in stored.get("repositories") or []}


def keep_repositories(urls):
    os.makedirs(os.path.dirname(repositories_file()), exist_ok=True)
    entries = [{"name": name, "url": url} for name, url in urls.items()]
    with open(repositories_file(), "w", encoding="utf-8") as file:  # JSON is YAML
        json.dump({"apiVersion": "", "generated": "0001-01-01T00:00:00Z", "repositories": entries}, file)


def located(given, chart):
    """The flags and the chart, where REPOSITORY/CHART of an added repository is said by its URL."""
    name, slash, rest = chart.partition("/")
    if not slash or "/" in rest or given.get("repo") or os.path.exists(chart) or chart.startswith((".", "/")):
        return given, chart
    known = repositories()
    if name not in known:
        raise HelmError(f"repo {name} not found")
    return {**given, "repo": known[name]}, rest


def repo(arguments):
    given, words = parse(arguments, {**OUTPUT, "force-update": "bool"})
    what, known = words[0] if words else "", repositories()
    if what == "add":
        _, name, url = expect(words, "add", "NAME", "URL")
        if known.get(name) == url and not given.get("force-update"):
            print(f'"{name}" already exists with the same configuration, skipping')
            return
        if name in known and not given.get("force-update"):
            raise HelmError(f"repository name ({name}) already exists, please specify a different name")
        try:
            urllib.request.urlopen(url.rstrip("/") + "/index.yaml", timeout=60).close()
        except OSError as error:
            raise HelmError(f'looks like "{url}" is not a valid chart repository or cannot be reached: {error}') from error
        keep_repositories({**known, name: url})
        print(f'"{name}" has been added to your repositories')
    elif what == "list":
        if given.get("output") == "json":
            print(json.dumps([{"name": name, "url": url} for name, url in known.items()]))
        elif not known:
            raise HelmError("no repositories to show")
        else:
            print("\n".join(["NAME\tURL"] + [f"{name}\t{url}" for name, url in known.items()]))
    elif what == "remove":
        _, name = expect(words, "remove", "NAME")
        if name not in known:
            raise HelmError(f'no repo named "{name}" found')
        keep_repositories({key: url for key, url in known.items() if key != name})
        print(f'"{name}" has been removed from your repositories')
    else:
        raise Usage(f'unknown command "{what}" for "helm repo"')


def revision(given):
    return int(given["revision"]) if "revision" in given else None


def show_release(given, release):
    """Prints a release as `helm status` does, as text or with `-o json`."""
    if given.get("output") == "json":
        print(json.dumps(release))
        return
    info = release["info"]
    print(f'NAME: {release["name"]}\nLAST DEPLOYED: {info.get("last_deployed", "")}')
    print(f'NAMESPACE: {release["namespace"]}\nSTATUS: {info["status"]}\nREVISION: {release["version"]}')
    if info.get("notes"):
        print(f'NOTES:\n{info["notes"].rstrip()}')


def release(config, name, at=None):
    """One revision of a release, in the shape of helm's own JSON."""
    whole = config.get_all(name, revision=at)
    summary = whole["summary"]
    shown = {
        "name": summary["name"], "info": whole["info"], "manifest": summary.get("manifest", ""),
        "hooks": whole.get("hooks") or [], "version": summary["revision"], "namespace": summary["namespace"],
    }
    if whole.get("config"):
        shown["config"] = whole["config"]
    return shown


def cancellable(operation):
    """Runs `operation(context)` aside, so that SIGINT and SIGTERM reach Helm as a cancellation, as in helm itself."""
    outcome = {}
    with HelmContext() as context:
        def run():
            try:
                outcome["value"] = operation(context)
            except BaseException as error:
                outcome["error"] = error
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: context.cancel())
        worker = threading.Thread(target=run)
        worker.start()
        while worker.is_alive():
            worker.join(0.05)  # a bare join() would keep the signal handlers waiting
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


def change(given, name, chart, install):
    """Install or upgrade. `--dry-run` prints what would be sent."""
    given, chart = located(given, chart)
    options = dict(
        namespace=given.get("namespace"), timeout=seconds(given.get("timeout", "5m0s")), wait=given.get("wait"),
        dry_run=given.get("dry-run"), rollback_on_failure=given.get("rollback-on-failure", False),
        description=given.get("description"), chart_repo_url=given.get("repo"), chart_version=given.get("version"),
        labels=dict(pair.split("=", 1) for text in given.get("labels", []) for pair in text.split(",")) or None,
        plain_http=given.get("plain-http", False),
    )
    for lenient, strict in (("false", None), ("hookOnly", None), ("true", "watcher")):
        options["wait"] = strict if options["wait"] == lenient else options["wait"]
    if options["rollback_on_failure"] and not options["wait"]:
        options["wait"] = "watcher"
    if install:
        options["create_namespace"] = given.get("create-namespace", False)
    else:
        for flag in ("reset-values", "reuse-values", "cleanup-on-fail"):
            options[flag.replace("-", "_")] = given.get(flag, False)
        if "history-max" in given:
            options["max_history"] = int(given["history-max"])
    config, overrides = configuration(given), values(given)
    action = config.install if install else config.upgrade
    done = cancellable(lambda context: action(chart, name, overrides, context=context, **options))
    if options["dry_run"] in ("client", "server"):
        print(done.get("manifest", ""))
    else:
        if given.get("output") != "json" and not install:
            print(f'Release "{name}" has been upgraded. Happy Helming!')
        show_release(given, release(config, name))


def install(arguments):
    given, words = parse(arguments, CHANGE)
    name, chart = expect(words, "NAME", "CHART")
    with_prefix("INSTALLATION FAILED: ", change, given, name, chart, True)


def upgrade(arguments):
    given, words = parse(arguments, {
        **CHANGE, "install": "bool", "i": "install", "reset-values": "bool", "reuse-values": "bool",
        "cleanup-on-fail": "bool", "history-max": "value",
    })
    name, chart = expect(words, "RELEASE", "CHART")
    if given.get("install"):
        try:
            past = configuration(given).history(name)
        except HelmNotFoundError:
            past = []
        if not past or past[-1]["status"] == "uninstalled":
            if given.get("output") != "json":
                print(f'Release "{name}" does not exist. Installing it now.')
            return change(given, name, chart, True)
    with_prefix("UPGRADE FAILED: ", change, given, name, chart, False)


def with_prefix(prefix, action, *arguments):
    try:
        action(*arguments)
    except (HelmError, OSError) as error:
        raise HelmError(prefix + str(error)) from error


def uninstall(arguments):
    given, words = parse(arguments, {
        **WAIT, "keep-history": "bool", "ignore-not-found": "bool", "dry-run": "bool", "description": "value",
    })
    config = configuration(given)
    for name in words or expect(words, "RELEASE_NAME"):
        config.uninstall(
            name, keep_history=given.get("keep-history", False), dry_run=given.get("dry-run", False),
            ignore_not_found=given.get("ignore-not-found", False), timeout=seconds(given.get("timeout", "5m0s")),
            wait=given.get("wait"), description=given.get("description"))
        print(f'release "{name}" uninstalled')


def rollback(arguments):
    given, words = parse(arguments, {**WAIT, "dry-run": "dry-run"})
    if len(words) not in (1, 2):
        raise Usage('"helm rollback" requires at least 1 argument: RELEASE_NAME [REVISION]')
    configuration(given).rollback(
        words[0], version=int(words[1]) if len(words) == 2 else None, dry_run=given.get("dry-run"),
        timeout=seconds(given.get("timeout", "5m0s")), wait=given.get("wait"))
    print("Rollback was a success! Happy Helming!")


def status(arguments):
    given, words = parse(arguments, {**OUTPUT, **REVISION})
    [name] = expect(words, "RELEASE_NAME")
    show_release(given, release(configuration(given), name, revision(given)))


def history(arguments):
    given, words = parse(arguments, {**OUTPUT, "max": "value"})
    [name] = expect(words, "RELEASE_NAME")
    most = int(given.get("max", 256))
    config = configuration(given)
    rows = [
        {
            "revision": one["revision"], "updated": one["deployed_at"], "status": one["status"],
            "chart": f'{one["chart_name"]}-{one["chart_version"]}', "app_version": one.get("app_version", ""),
            # The SDK's summaries leave the description out.
            "description": config.get_all(name, revision=one["revision"])["info"].get("description", ""),
        }
        for one in config.history(name, max_revisions=most)[-most:]
    ]
    if given.get("output") == "json":
        print(json.dumps(rows))
        return
    print("REVISION\tUPDATED\tSTATUS\tCHART\tAPP VERSION\tDESCRIPTION")
    for row in rows:
        print("\t".join(str(row[key]) for key in row))


def list_releases(arguments):
    given, words = parse(arguments, {**OUTPUT, "all-namespaces": "bool", "A": "all-namespaces", "all": "bool", "a": "all"})
    expect(words)
    rows = [
        {
            "name": one["name"], "namespace": one["namespace"], "revision": str(one["revision"]),
            "updated": one["deployed_at"], "status": one["status"],
            "chart": f'{one["chart_name"]}-{one["chart_version"]}', "app_version": one.get("app_version", ""),
        }
        for one in configuration(given).list(
            all_states=given.get("all", False), all_namespaces=given.get("all-namespaces", False))
    ]
    if given.get("output") == "json":
        print(json.dumps(rows))
        return
    print("NAME\tNAMESPACE\tREVISION\tUPDATED\tSTATUS\tCHART\tAPP VERSION")
    for row in rows:
        print("\t".join(row.values()))


def get(arguments):
    given, words = parse(arguments, {**OUTPUT, **REVISION, "all": "bool", "a": "all"})
    what, name = expect(words, "values|manifest|hooks|notes", "RELEASE_NAME")
    config, at = configuration(given), revision(given)
    if what == "values":
        # JSON is YAML, so it also answers a call without `-o json`. No values at all: `null`, as in helm.
        print(json.dumps(config.get_values(name, all_values=given.get("all", False), revision=at) or None))
        return
    whole = release(config, name, at)
    if what == "manifest":
        print(whole["manifest"])
    elif what == "hooks":
        print("\n".join(f'---\n# Source: {hook["path"]}\n{hook["manifest"]}' for hook in whole["hooks"]))
    elif what == "notes":
        print(f'NOTES:\n{whole["info"].get("notes", "")}')
    else:
        raise Usage(f'unknown command "{what}" for "helm get"')


# The annotation, on a line of its own or in braces behind `annotations:`.
HOOK = r"(?m)^\s+(?:annotations:\s*\{(?:.*[\s,])?)?[\"']?helm\.sh/hook[\"']?:"


def template(arguments):
    given, words = parse(arguments, {
        **VALUES, **CHART, "include-crds": "bool", "no-hooks": "bool", "is-upgrade": "bool", "skip-tests": "bool",
    })
    name, reference = expect(words, "NAME", "CHART")
    given, reference = located(given, reference)
    overrides = values(given)
    with tempfile.TemporaryDirectory() as directory, configuration(given) as config, \
            Chart.load(fetched(reference, given, directory)) as chart:
        if given.get("include-crds"):
            for crd in chart.crds:
                print(f'---\n# Source: {crd["filename"]}\n{crd["data"].rstrip()}')
        rendered = chart.render(
            overrides, name=name, namespace=given.get("namespace") or "default",
            is_install=not given.get("is-upgrade"), is_upgrade=given.get("is-upgrade"))
        if not given.get("is-upgrade"):
            # The dry run gives the objects in the order of installation, the rendering alone gives the hooks.
            print(config.install(chart, name, overrides, dry_run="client", namespace=given.get("namespace"))["manifest"].rstrip())
        for path, text in sorted(rendered.items()):
            for document in re.split(r"(?m)^---\s*$", text):
                is_hook = re.search(HOOK, document)
                is_object = given.get("is-upgrade") and re.search(r"(?m)^kind:", document) and not is_hook
                if is_object or (is_hook and not given.get("no-hooks")):
                    print(f"---\n# Source: {path}\n{document.strip()}")


def pull(arguments):
    given, words = parse(arguments, {**CHART, "destination": "value", "d": "destination"})
    given, reference = located(given, *expect(words, "CHART"))
    print(helm_python.pull(
        reference, repo_url=given.get("repo"), version=given.get("version"),
        destination=given.get("destination", "."), plain_http=given.get("plain-http", False)).get("output", "").rstrip())


def fetched(reference, given, directory):
    """The chart's path, pulled into `directory` first where it stands in a repository."""
    if not given.get("repo") and not reference.startswith("oci://"):
        return reference
    helm_python.pull(
        reference, repo_url=given.get("repo"), version=given.get("version"), destination=directory,
        plain_http=given.get("plain-http", False))
    [archive] = os.listdir(directory)
    return os.path.join(directory, archive)


def show(arguments):
    given, words = parse(arguments, CHART)
    what, chart = expect(words, "chart|values|readme|crds|all", "CHART")
    given, chart = located(given, chart)
    with tempfile.TemporaryDirectory() as directory:
        print(helm_python.show(fetched(chart, given, directory), output_format=what).rstrip())


def version(arguments):
    given, _ = parse(arguments, {"short": "bool", "template": "value"})
    number = helm_python.helm_sdk_version()
    if "template" in given:
        sys.stdout.write(re.sub(r"{{\s*\.Version\s*}}", number, given["template"]))
    elif given.get("short"):
        print(f"{number}+sdk")
    else:
        print(f'version.BuildInfo{{Version:"{number}", GitCommit:"", GitTreeState:"", GoVersion:""}}')


COMMANDS = {
    "install": install, "upgrade": upgrade, "uninstall": uninstall, "rollback": rollback, "status": status,
    "history": history, "list": list_releases, "ls": list_releases, "get": get, "template": template, "show": show,
    "repo": repo, "version": version, "pull": pull,
}


def main(arguments):
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    index = command_index(arguments)
    name = arguments[index] if index < len(arguments) else ""
    if name not in COMMANDS:
        raise Usage(f'unknown command "{name}" for "helm"')
    COMMANDS[name](arguments[:index] + arguments[index + 1:])


def command_index(arguments):
    """Settings may stand before the command: `helm -n csi status csi`."""
    index = 0
    while index < len(arguments) and arguments[index].startswith("-"):
        word = arguments[index].lstrip("-")
        index += 1 if "=" in word or word == "debug" else 2
    return index


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Usage, HelmError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)
