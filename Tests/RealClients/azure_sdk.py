"""Plays a user's walk with the unmodified Azure SDKs for Python against a running sandbox, and reports in TAP.

Usage: azure_sdk.py WORLD. Needs azure-identity, azure-keyvault-{secrets,certificates,keys},
azure-mgmt-{resource,keyvault,msi,compute,authorization} and cryptography; without them, everything is skipped.
"""

import base64
import datetime
import hashlib
import json
import os
import ssl
import sys
import tempfile
import time
import urllib.request
import uuid

connection = json.load(open(os.path.join(sys.argv[1], "connection.json")))
os.environ.update(connection["environment"])
os.environ.pop("NO_PROXY", None)

try:
    from azure.core.exceptions import (
        ClientAuthenticationError, HttpResponseError, ResourceExistsError, ResourceNotFoundError)
    from azure.identity import (
        CertificateCredential, ClientSecretCredential, DefaultAzureCredential, EnvironmentCredential,
        WorkloadIdentityCredential)
    from azure.keyvault.certificates import CertificateClient, CertificateContentType, CertificatePolicy
    from azure.keyvault.keys import KeyClient
    from azure.keyvault.secrets import SecretClient
    from azure.mgmt.authorization import AuthorizationManagementClient
    from azure.mgmt.compute import ComputeManagementClient
    from azure.mgmt.keyvault import KeyVaultManagementClient
    from azure.mgmt.msi import ManagedServiceIdentityClient
    from azure.mgmt.resource.locks import ManagementLockClient
    from azure.mgmt.resource.resources import ResourceManagementClient
    from azure.mgmt.resource.subscriptions import SubscriptionClient
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import pkcs12
except ImportError as error:
    print(f"1..0 # skipped: {error}")
    sys.exit(0)

number = failures = 0


def check(description, condition):
    global number, failures
    number += 1
    failures += not condition
    print(f"{'ok' if condition else 'not ok'} {number} - {description}", flush=True)


def refused(description, kind, test, call):
    try:
        call()
        check(description, False)
    except kind as error:
        check(description, test(error))


def once_purged(call):
    """Repeats a call for as long as the name that it needs is being purged."""
    for _ in range(50):
        try:
            return call()
        except ResourceExistsError:
            time.sleep(0.1)
    return call()


tenant, subscription, root = connection["tenantId"], connection["subscriptionId"], connection["azureURL"]


def credential(secret):
    return ClientSecretCredential(
        tenant, connection["clientId"], secret, authority=root, disable_instance_discovery=True)


signed_in = credential(connection["clientSecret"])
management = dict(base_url=root, credential_scopes=[root + "/.default"])
refused(
    "a wrong secret is refused", ClientAuthenticationError, lambda e: "AADSTS7000215" in str(e),
    lambda: credential("wrong").get_token("https://management.azure.com/.default"))



def call(url, body, token):
    """POSTs JSON to the sandbox's own interfaces and returns the answer."""
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json", "Authorization": "Bearer " + token})
    handlers = [
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=connection["caFile"]))]
    with urllib.request.build_opener(*handlers).open(request) as answer:
        return json.load(answer)


def own_certificate():
    """An RSA key with a certificate of its own, as PEM: both together, and the certificate alone."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sdk-client")])
    now = datetime.datetime.now(datetime.timezone.utc)
    leaf = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(
        x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(
        now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    public = leaf.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private + public, public.decode()


def by_certificate(client, pem):
    return CertificateCredential(
        tenant, client, certificate_data=pem, authority=root, disable_instance_discovery=True)


both, public = own_certificate()
application = call(
    connection["adminURL"] + "/world/service-principals",
    {"name": "sdk-" + uuid.uuid4().hex[:6], "role": "Reader", "certificate": public}, connection["adminToken"])
arm_scope = "https://management.azure.com/.default"
arm_scope_tokens = [
    kind(authority=root, disable_instance_discovery=True).get_token(arm_scope).token
    for kind in (EnvironmentCredential, DefaultAzureCredential)]
check("the environment signs in, by itself and in the default chain", all(arm_scope_tokens))
check("a certificate signs in", by_certificate(application["clientId"], both).get_token(arm_scope).token)
refused(
    "another certificate does not", ClientAuthenticationError, lambda e: "AADSTS700027" in str(e),
    lambda: by_certificate(application["clientId"], own_certificate()[0]).get_token(arm_scope))

subscriptions = SubscriptionClient(signed_in, **management).subscriptions
check("the subscription is listed", [x.subscription_id for x in subscriptions.list()] == [subscription])
check("and shown", subscriptions.get(subscription).state == "Enabled")
check("its locations are listed", any(x.name == "westeurope" for x in subscriptions.list_locations(subscription)))

resources = ResourceManagementClient(signed_in, subscription, **management)
groups = resources.resource_groups
group = "sdk-walk-" + uuid.uuid4().hex[:6]
check("no group yet", not groups.check_existence(group))
made = groups.create_or_update(group, {"location": "West Europe", "tags": {"a": "b"}})
check("the location is normalised", made.location == "westeurope")
check("the group is there", groups.check_existence(group))
check("it is read", groups.get(group).tags == {"a": "b"})
check("its tags are updated", groups.update(group, {"tags": {"c": "d"}}).tags == {"c": "d"})
pages = list(groups.list(top=1).by_page())
check("groups are listed page by page", len(pages) == 3 and group in [x.name for page in groups.list(top=1).by_page() for x in page])
key_vault = resources.providers.get("Microsoft.KeyVault")
check("the provider is registered", key_vault.registration_state == "Registered")
check("its versions are told", "2026-02-01" in next(
    x.api_versions for x in key_vault.resource_types if x.resource_type == "vaults"))
check("it is registered again", resources.providers.register("Microsoft.KeyVault").namespace == "Microsoft.KeyVault")

locks = ManagementLockClient(signed_in, subscription, **management).management_locks
locks.create_or_update_at_resource_group_level(group, "keep", {"level": "CanNotDelete", "notes": "sdk"})
refused(
    "a locked group is not deleted", HttpResponseError, lambda e: e.error.code == "ScopeLocked",
    lambda: groups.begin_delete(group).result())
check("the lock is listed", [x.name for x in locks.list_at_resource_group_level(group)] == ["keep"])
locks.delete_at_resource_group_level(group, "keep")
check("and is gone", not list(locks.list_at_resource_group_level(group)))

identities = ManagedServiceIdentityClient(signed_in, subscription, **management).user_assigned_identities
identity = identities.create_or_update(group, "sdk-id", {"location": "westeurope"})
check("an identity has its ids", identity.principal_id and identity.client_id)
check("it is read", identities.get(group, "sdk-id").principal_id == identity.principal_id)
check("its tags are updated", identities.update(group, "sdk-id", {"tags": {"x": "y"}}).tags == {"x": "y"})
identities.create_or_update(group, "sdk-other", {"location": "westeurope"})
check("identities are listed", sorted(x.name for x in identities.list_by_resource_group(group)) == ["sdk-id", "sdk-other"])
check("those of the subscription, too", len(list(identities.list_by_subscription())) == 3)
identities.delete(group, "sdk-other")
refused(
    "a deleted one is not found", ResourceNotFoundError, lambda e: e.error.code == "ResourceNotFound",
    lambda: identities.get(group, "sdk-other"))
scope = f"/subscriptions/{subscription}/resourceGroups/{group}"
tagged = resources.tags.begin_update_at_scope(
    identity.id, {"operation": "Merge", "properties": {"tags": {"z": "1"}}}).result()
check("tags are merged at the identity's scope", tagged.properties.tags == {"x": "y", "z": "1"})
check("the group's resources are listed", [x.name for x in resources.resources.list_by_resource_group(group)] == ["sdk-id"])

trusts = ManagedServiceIdentityClient(signed_in, subscription, **management).federated_identity_credentials
trusts.create_or_update(group, "sdk-id", "sdk", {"properties": {
    "issuer": f"https://oidc.purser.test/{tenant}/", "subject": "system:serviceaccount:default:default",
    "audiences": ["api://AzureADTokenExchange"]}})
check("a federated credential is read", trusts.get(group, "sdk-id", "sdk").name == "sdk")
check("and listed", [x.name for x in trusts.list(group, "sdk-id")] == ["sdk"])
cluster_token = json.load(open(connection["kubeconfig"]))["users"][0]["user"]["token"]
issued = call(
    connection["kubernetesURL"] + "/api/v1/namespaces/default/serviceaccounts/default/token",
    {"spec": {"audiences": ["api://AzureADTokenExchange"]}}, cluster_token)["status"]["token"]


def by_token(text):
    with tempfile.NamedTemporaryFile("w", suffix=".jwt", delete=False) as file:
        file.write(text)
    return WorkloadIdentityCredential(
        tenant_id=tenant, client_id=identity.client_id, token_file_path=file.name, authority=root,
        disable_instance_discovery=True)


check("a service account's token signs its identity in", by_token(issued).get_token(arm_scope).token)
refused(
    "one that is not the cluster's does not", ClientAuthenticationError, lambda e: "AADSTS700027" in str(e),
    lambda: by_token(issued[:-8] + "AAAAAAAA").get_token(arm_scope))

trusts.delete(group, "sdk-id", "sdk")
check("the credential is deleted", not list(trusts.list(group, "sdk-id")))

authorization = AuthorizationManagementClient(signed_in, subscription, **management)
reader = next(iter(authorization.role_definitions.list(scope, filter="roleName eq 'Key Vault Secrets User'")))
check("a role is found by its name", reader.name == "4633458b-17de-408a-b874-0445c86b69e6")
assignment = str(uuid.uuid4())
authorization.role_assignments.create(scope, assignment, {"properties": {
    "roleDefinitionId": reader.id, "principalId": identity.principal_id, "principalType": "ServicePrincipal"}})
check("it is assigned", authorization.role_assignments.get(scope, assignment).principal_id == identity.principal_id)
mine = authorization.role_assignments.list_for_scope(scope, filter=f"principalId eq '{identity.principal_id}'")
check("the assignment is listed", [x.name for x in mine] == [assignment])
refused(
    "the same role twice is refused", ResourceExistsError, lambda e: e.error.code == "RoleAssignmentExists",
    lambda: authorization.role_assignments.create(scope, str(uuid.uuid4()), {"properties": {
        "roleDefinitionId": reader.id, "principalId": identity.principal_id, "principalType": "ServicePrincipal"}}))
authorization.role_assignments.delete(scope, assignment)
refused(
    "a deleted one is not found", ResourceNotFoundError, lambda e: True,
    lambda: authorization.role_assignments.get(scope, assignment))
allowed = list(authorization.permissions.list_for_resource_group(group))
check("one may ask what one may", any("*" in x.actions for x in allowed))

vaults = KeyVaultManagementClient(signed_in, subscription, **management).vaults
claims = signed_in.get_token("https://management.azure.com/.default").token.split(".")[1]
caller = json.loads(base64.urlsafe_b64decode(claims + "=="))["oid"]
everything = {
    "secrets": ["all", "purge"], "certificates": ["all", "purge"], "keys": ["all", "purge"]}
properties = {"tenantId": tenant, "sku": {"family": "A", "name": "standard"}, "accessPolicies": []}
name = "sdk-walk-" + uuid.uuid4().hex[:6]
vault = vaults.begin_create_or_update(group, name, {"location": "westeurope", "properties": properties | {
    "enableRbacAuthorization": False, "softDeleteRetentionInDays": 7,
    "accessPolicies": [{"tenantId": tenant, "objectId": caller, "permissions": everything}]}}).result()
check("the vault succeeds", vault.properties.provisioning_state == "Succeeded")
check("its address ends with a slash", vault.properties.vault_uri == f"https://{name}.vault.purser.test/")
added = vaults.update_access_policy(group, name, "add", {"properties": {"accessPolicies": [
    {"tenantId": tenant, "objectId": identity.principal_id, "permissions": {"secrets": ["get"]}}]}})
check("a policy is added", len(added.properties.access_policies) == 2)
check("its tags are updated", vaults.update(group, name, {"tags": {"t": "1"}}).tags == {"t": "1"})
check("it is read", vaults.get(group, name).properties.enable_rbac_authorization is False)
check("it is listed in its group", [x.name for x in vaults.list_by_resource_group(group, top=1)] == [name])
check("and in the subscription", name in [x.name for x in vaults.list_by_subscription()])
available = vaults.check_name_availability({"name": name, "type": "Microsoft.KeyVault/vaults"})
check("the name is taken", available.name_available is False)

secrets = SecretClient(vault.properties.vault_uri, signed_in)
foreign = ClientSecretCredential(
    str(uuid.uuid4()), connection["clientId"], connection["clientSecret"], authority=root,
    disable_instance_discovery=True)
refused(
    "the challenge of another tenant is not followed", ClientAuthenticationError, lambda e: True,
    lambda: SecretClient(vault.properties.vault_uri, foreign).get_secret("s"))
secrets.set_secret("s", "hello", content_type="text/plain")
check("a secret is read", secrets.get_secret("s").value == "hello")
refused(
    "an absent secret is not found", ResourceNotFoundError, lambda e: e.error.code == "SecretNotFound",
    lambda: secrets.get_secret("none"))
for index in range(30):
    secrets.set_secret(f"page-{index}", "x")
check("all pages are read", len(list(secrets.list_properties_of_secrets())) == 31)

check("they come page by page", len(list(secrets.list_properties_of_secrets().by_page())) == 2)
secrets.set_secret("s", "hello again")
check("versions are listed", len(list(secrets.list_properties_of_secret_versions("s"))) == 2)
later = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=1)
secrets.update_secret_properties("s", content_type="text/html", expires_on=later, tags={"k": "v"})
updated = secrets.get_secret("s")
check("attributes are updated", updated.properties.expires_on == later and updated.properties.tags == {"k": "v"})
check("the value stays", updated.value == "hello again")
sealed = secrets.backup_secret("page-1")
secrets.begin_delete_secret("page-1").wait()
secrets.purge_deleted_secret("page-1")
check("a backup is restored", once_purged(lambda: secrets.restore_secret_backup(sealed)).name == "page-1")

certificates = CertificateClient(vault.properties.vault_uri, signed_in)
policy = CertificatePolicy(issuer_name="Self", subject="CN=sdk-walk", san_dns_names=["sdk.example"])
created = certificates.begin_create_certificate("c", policy).result()
check("a certificate is made", created.policy.subject == "CN=sdk-walk")
key, leaf, _ = pkcs12.load_key_and_certificates(base64.b64decode(secrets.get_secret("c").value), None)
check("its PFX has no password", leaf.subject.rfc4514_string() == "CN=sdk-walk" and key.key_size == 2048)
pem = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
) + leaf.public_bytes(serialization.Encoding.PEM)
imported = certificates.import_certificate(
    "pem", pem, policy=CertificatePolicy(issuer_name="Self", content_type=CertificateContentType.pem))
digest = hashlib.sha1(leaf.public_bytes(serialization.Encoding.DER)).digest()
check("PEM is imported", imported.properties.x509_thumbprint == digest)
pfx = pkcs12.serialize_key_and_certificates(
    b"name", key, leaf, None, serialization.BestAvailableEncryption(b"password"))
certificates.import_certificate("pfx", pfx, password="password")
check("a PFX is imported", secrets.get_secret("pfx").properties.content_type == "application/x-pkcs12")
refused(
    "a wrong password is refused", HttpResponseError, lambda e: e.error.code == "BadParameter",
    lambda: certificates.import_certificate("bad", pfx, password="bad"))
refused(
    "a certificate's secret is not set", HttpResponseError, lambda e: e.status_code == 403,
    lambda: secrets.set_secret("pfx", "x"))

check("certificates are listed", sorted(x.name for x in certificates.list_properties_of_certificates()) == ["c", "pem", "pfx"])
check("one is read", certificates.get_certificate("c").policy.san_dns_names == ["sdk.example"])
certificates.begin_create_certificate("c", policy).result()
check("its versions are listed", len(list(certificates.list_properties_of_certificate_versions("c"))) == 2)
tagged = certificates.update_certificate_properties("c", tags={"k": "v"})
check("its attributes are updated", tagged.properties.tags == {"k": "v"})
changed = certificates.get_certificate_policy("c")
changed._validity_in_months = 24
check("its policy is updated", certificates.update_certificate_policy("c", changed).validity_in_months == 24)
check("its last operation is read", certificates.get_certificate_operation("c").status == "completed")
certificates.begin_delete_certificate("pem").wait()
check("a deleted one is listed", [x.name for x in certificates.list_deleted_certificates()] == ["pem"])
recovery = certificates.begin_recover_deleted_certificate("pem")
recovery.wait()
check("it is recovered", recovery.result().name == "pem")
certificates.begin_delete_certificate("pem").wait()
certificates.purge_deleted_certificate("pem")
check("and purged", not list(certificates.list_deleted_certificates()))

keys = KeyClient(vault.properties.vault_uri, signed_in)
check("an RSA key is made", len(keys.create_rsa_key("rsa", size=2048).key.n) == 256)
check("an EC key is made", len(keys.create_ec_key("ec", curve="P-256").key.x) == 32)
check("a certificate has a key", keys.get_key("c").key.kty == "RSA")

check("keys are listed", {"rsa", "ec"} <= {x.name for x in keys.list_properties_of_keys()})
keys.create_rsa_key("rsa", size=2048)
check("its versions are listed", len(list(keys.list_properties_of_key_versions("rsa"))) == 2)
disabled = keys.update_key_properties("rsa", enabled=False, key_operations=["verify"])
check("its attributes are updated", disabled.properties.enabled is False and disabled.key_operations == ["verify"])
keys.begin_delete_key("ec").wait()
check("a deleted one is listed", [x.name for x in keys.list_deleted_keys()] == ["ec"])
recovery = keys.begin_recover_deleted_key("ec")
recovery.wait()
check("it is recovered", recovery.result().name == "ec")
keys.begin_delete_key("ec").wait()
keys.purge_deleted_key("ec")
check("and purged", not list(keys.list_deleted_keys()))

secrets.begin_delete_secret("s").wait()
refused(
    "a deleted secret holds its name", ResourceExistsError, lambda e: "recoverable state" in str(e),
    lambda: secrets.set_secret("s", "again"))
secrets.begin_recover_deleted_secret("s").wait()
check("it is recovered", secrets.get_secret("s").value == "hello again")
secrets.begin_delete_secret("page-0").wait()
secrets.purge_deleted_secret("page-0")
check("another is purged", not any(x.name == "page-0" for x in secrets.list_deleted_secrets()))

compute = ComputeManagementClient(signed_in, subscription, **management).virtual_machine_scale_sets
nodes = "aks-nodes-west-dev"
scale_set = next(iter(compute.list(nodes)))
check("the scale set is read", compute.get(nodes, scale_set.name).provisioning_state == "Succeeded")
check("and listed in the subscription", scale_set.name in [x.name for x in compute.list_all()])
check("the scale set carries the cluster's identity", len(scale_set.identity.user_assigned_identities) == 1)


def assign(value):
    return compute.begin_update(nodes, scale_set.name, {"identity": {
        "type": "UserAssigned", "userAssignedIdentities": {identity.id: value}}}).result()


assigned = assign({}).identity.user_assigned_identities
check("an identity is assigned beside it", len(assigned) == 2 and all(x.client_id for x in assigned.values()))
left = assign(None).identity.user_assigned_identities
check("and taken away alone", list(left) == list(scale_set.identity.user_assigned_identities))

vaults.delete(group, name)
check("the vault is soft-deleted", any(x.name == name for x in vaults.list_deleted()))
check("the deleted vault is read", vaults.get_deleted(name, "westeurope").properties.vault_id.lower().endswith(name))
refused(
    "it holds its name", HttpResponseError, lambda e: e.status_code == 409 and e.error.code == "ConflictError",
    lambda: vaults.begin_create_or_update(group, name, {"location": "westeurope", "properties": properties}).result())
vaults.begin_create_or_update(
    group, name, {"location": "westeurope", "properties": properties | {"createMode": "recover"}}).result()
check("it is recovered with its contents", secrets.get_secret("s").value == "hello again")
groups.begin_delete(group).result()
check("the group is gone", not groups.check_existence(group))
check("its vault is soft-deleted", any(x.name == name for x in vaults.list_deleted()))
vaults.begin_purge_deleted(name, "westeurope").result()
check("and purged", not any(x.name == name for x in vaults.list_deleted()))

print(f"1..{number}")
sys.exit(failures > 0)
