"""Plays a user's walk with the unmodified Kubernetes client for Python against a running sandbox, and reports in TAP.

Usage: kubernetes_client.py WORLD. Needs kubernetes; without it, everything is skipped.
"""

import os
import sys
import threading

try:
    from kubernetes import client, config, dynamic, watch
    from kubernetes.client.exceptions import ApiException
    from kubernetes.stream import stream as connect
except ImportError as error:
    print(f"1..0 # skipped: {error}")
    sys.exit(0)

for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"):
    os.environ.pop(name, None)

number = failures = 0


def check(description, condition):
    global number, failures
    number += 1
    failures += not condition
    print(f"{'ok' if condition else 'not ok'} {number} - {description}", flush=True)


def refused(description, status, call):
    try:
        call()
        check(description, False)
    except ApiException as error:
        check(description, error.status == status)


config.load_kube_config(os.path.join(sys.argv[1], "kubeconfig"))
core, apps, batch = client.CoreV1Api(), client.AppsV1Api(), client.BatchV1Api()

# Discovery.
check("the version is told", client.VersionApi().get_code().git_version.startswith("v1."))
check("the core resources are told", any(x.name == "pods" for x in core.get_api_resources().resources))
check("the groups are told", any(x.name == "apps" for x in client.ApisApi().get_api_versions().groups))

# Write, read, list.
core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name="shop")))
check("a namespace is there", core.read_namespace("shop").status.phase == "Active")
refused("a name is taken once", 409, lambda: core.create_namespace(client.V1Namespace(metadata={"name": "shop"})))
for index in range(5):
    core.create_namespaced_config_map(
        "shop", {"metadata": {"name": f"m{index}", "labels": {"even": str(index % 2 == 0).lower()}}, "data": {"a": "1"}})
listed = core.list_namespaced_config_map("shop")
check("lists have what was made", {f"m{x}" for x in range(5)} <= {x.metadata.name for x in listed.items})
chosen = core.list_namespaced_config_map("shop", label_selector="even=true")
check("labels choose", {x.metadata.name for x in chosen.items} == {"m0", "m2", "m4"})
chosen = core.list_namespaced_config_map("shop", field_selector="metadata.name=m3")
check("fields choose", [x.metadata.name for x in chosen.items] == ["m3"])
pages, token = [], None
while True:
    page = core.list_namespaced_config_map("shop", limit=2, _continue=token)
    pages.append(page.items)
    token = page.metadata._continue
    if not token:
        break
check("pages come one after another", len(pages) >= 3 and sum(map(len, pages)) == len(listed.items))

# Patch: strategic merge, merge, JSON, server-side apply.
patched = core.patch_namespaced_config_map("m0", "shop", {"data": {"b": "2"}})
check("a strategic merge adds", patched.data == {"a": "1", "b": "2"})
patched = core.patch_namespaced_config_map("m0", "shop", [{"op": "remove", "path": "/data/a"}])
check("a JSON patch removes", patched.data == {"b": "2"})
refused("a test in a JSON patch holds", 422, lambda: core.patch_namespaced_config_map(
    "m0", "shop", [{"op": "test", "path": "/data/b", "value": "9"}]))
resources = dynamic.DynamicClient(client.ApiClient())
maps = resources.resources.get(api_version="v1", kind="ConfigMap")
body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m9"}, "data": {"c": "3"}}
applied = resources.server_side_apply(maps, body=body, name="m9", namespace="shop", field_manager="walk")
check("an apply makes", applied.data.c == "3")
owners = core.read_namespaced_config_map("m9", "shop").metadata.managed_fields
check("and is remembered", [(x.manager, x.operation) for x in owners] == [("walk", "Apply")])
body["data"] = {"c": "4"}
try:
    resources.server_side_apply(maps, body=body, name="m9", namespace="shop", field_manager="other")
    check("another manager meets a conflict", False)
except dynamic.exceptions.ConflictError:
    check("another manager meets a conflict", True)
resources.server_side_apply(
    maps, body=body, name="m9", namespace="shop", field_manager="other", force_conflicts=True)
check("and may take the field", core.read_namespaced_config_map("m9", "shop").data == {"c": "4"})
old = core.read_namespaced_config_map("m1", "shop")
core.patch_namespaced_config_map("m1", "shop", {"data": {"z": "1"}})
refused("a stale version is not written", 409, lambda: core.replace_namespaced_config_map("m1", "shop", old))

# Watch: from a version on, until it has seen what others do meanwhile.
start = core.list_namespaced_config_map("shop").metadata.resource_version


def meanwhile():
    core.create_namespaced_config_map("shop", {"metadata": {"name": "seen"}})
    core.patch_namespaced_config_map("seen", "shop", {"data": {"x": "y"}})
    core.delete_namespaced_config_map("seen", "shop")


threading.Timer(0.3, meanwhile).start()
events, stream = [], watch.Watch()
for event in stream.stream(
        core.list_namespaced_config_map, "shop", resource_version=start, field_selector="metadata.name=seen",
        timeout_seconds=20):
    events.append(event["type"])
    if event["type"] == "DELETED":
        stream.stop()
check("a watch tells what happens", events == ["ADDED", "MODIFIED", "DELETED"])

# Workloads become ready, jobs complete.
pod = {"containers": [{"name": "main", "image": "registry.k8s.io/pause:3.10"}]}
apps.create_namespaced_deployment("shop", {
    "metadata": {"name": "web"}, "spec": {
        "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod}}})
ready, stream = None, watch.Watch()
for event in stream.stream(
        apps.list_namespaced_deployment, "shop", field_selector="metadata.name=web", timeout_seconds=30):
    ready = event["object"].status and event["object"].status.ready_replicas
    if ready == 2:
        stream.stop()
check("a deployment becomes ready", ready == 2)
check("by pods of its own", len(core.list_namespaced_pod("shop", label_selector="app=web").items) == 2)
batch.create_namespaced_job("shop", {
    "metadata": {"name": "once"}, "spec": {"template": {"spec": {**pod, "restartPolicy": "Never"}}}})
done, stream = None, watch.Watch()
for event in stream.stream(
        batch.list_namespaced_job, "shop", field_selector="metadata.name=once", timeout_seconds=30):
    done = event["object"].status and event["object"].status.succeeded
    if done == 1:
        stream.stop()
check("a job completes", done == 1)

# Exec, over a WebSocket.
core.create_namespaced_secret("shop", {"metadata": {"name": "settings"}, "stringData": {"a": "b"}})
core.create_namespaced_pod("shop", {
    "metadata": {"name": "app"}, "spec": {
        "containers": [{
            "name": "main", "image": "registry.k8s.io/pause:3.10",
            "volumeMounts": [{"name": "settings", "mountPath": "/etc/settings"}]}],
        "volumes": [{"name": "settings", "secret": {"secretName": "settings"}}]}})
running, stream = None, watch.Watch()
for event in stream.stream(
        core.list_namespaced_pod, "shop", field_selector="metadata.name=app", timeout_seconds=30):
    running = event["object"].status.phase == "Running"
    if running:
        stream.stop()
check("a pod runs", running)


def run(*command):
    """What a command says on standard output and standard error, and its exit code."""
    shell = connect(
        core.connect_get_namespaced_pod_exec, "app", "shop", command=list(command), stdout=True, stderr=True,
        stdin=False, tty=False, _preload_content=False)
    shell.run_forever(timeout=20)
    return shell.read_stdout(timeout=1), shell.read_stderr(timeout=1), shell.returncode


check("exec lists what is mounted", run("ls", "/etc/settings") == ("a\n", "", 0))
check("exec shows a file", run("cat", "/etc/settings/a")[0] == "b")
check("exec tells an exit code", run("cat", "/none")[1:] == ("cat: /none: No such file or directory\n", 1))
refused("exec in a container that there is not", 0, lambda: connect(
    core.connect_get_namespaced_pod_exec, "app", "shop", command=["ls"], container="none", stdout=True))

# Rights.
review = client.AuthorizationV1Api().create_self_subject_access_review({"spec": {
    "resourceAttributes": {"verb": "create", "resource": "pods", "namespace": "shop"}}})
check("the caller may", review.status.allowed is True)

# Definitions.
extensions, objects = client.ApiextensionsV1Api(), client.CustomObjectsApi()
extensions.create_custom_resource_definition({
    "metadata": {"name": "widgets.walk.example"}, "spec": {
        "group": "walk.example", "scope": "Namespaced",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
        "versions": [{
            "name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
                "type": "object", "properties": {"spec": {
                    "type": "object", "properties": {"size": {"type": "integer", "maximum": 9}}}}}}}]}})
established, stream = False, watch.Watch()
for event in stream.stream(
        extensions.list_custom_resource_definition, field_selector="metadata.name=widgets.walk.example",
        timeout_seconds=30):
    conditions = event["object"].status.conditions if event["object"].status else None
    established = any(x.type == "Established" and x.status == "True" for x in conditions or [])
    if established:
        stream.stop()
check("a definition is established", established)


def widget(size):
    return objects.create_namespaced_custom_object("walk.example", "v1", "shop", "widgets", {
        "apiVersion": "walk.example/v1", "kind": "Widget", "metadata": {"name": f"w{size}"}, "spec": {"size": size}})


check("an object of it is made", widget(3)["spec"] == {"size": 3})
refused("one that its schema forbids is not", 422, lambda: widget(10))

# Deletion.
core.delete_namespace("shop")
gone, stream = False, watch.Watch()
for event in stream.stream(core.list_namespace, field_selector="metadata.name=shop", timeout_seconds=30):
    gone = event["type"] == "DELETED"
    if gone:
        stream.stop()
check("a namespace goes with what is in it", gone)
refused("nothing is left", 404, lambda: core.read_namespaced_config_map("m0", "shop"))

print(f"1..{number}")
sys.exit(failures > 0)
