"""Plays a user's walk with the unmodified Azure SDKs for Python against a running sandbox, and reports in TAP.

Usage: azure_sdk.py WORLD. Needs azure-identity, azure-keyvault-{secrets,certificates,keys},
azure-mgmt-{resource,keyvault,msi,compute} and cryptography; without them, everything is skipped.
"""

import base64
import datetime
import hashlib
import json
import os
import ssl
import sys
import tempfile
import urllib.request
import uuid

connection = json.load(open(os.path.join(sys.argv[1], "connection.json")))
os.environ.update(connection["environment"])
os.environ.pop("NO_PROXY", None)

try:
    from azure.core.exceptions import (
        ClientAuthenticationError, HttpResponseError, ResourceExistsError, ResourceNotFoundError)
    from azure.identity import CertificateCredential, ClientSecretCredential, WorkloadIdentityCredential
    from azure.keyvault.certificates import CertificateClient, CertificateContentType, CertificatePolicy
    from azure.keyvault.keys import KeyClient
    from azure.keyvault.secrets import SecretClient
    from azure.mgmt.compute import ComputeManagementClient
    from azure.mgmt.keyvault import KeyVaultManagementClient
    from azure.mgmt.msi import ManagedServiceIdentityClient
    from azure.mgmt.resource.resources import ResourceManagementClient
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
check("a certificate signs in", by_certificate(application["clientId"], both).get_token(arm_scope).token)
refused(
    "another certificate does not", ClientAuthenticationError, lambda e: "AADSTS700027" in str(e),
    lambda: by_certificate(application["clientId"], own_certificate()[0]).get_token(arm_scope))

groups = ResourceManagementClient(signed_in, subscription, **management).resource_groups
group = "sdk-walk-" + uuid.uuid4().hex[:6]
check("no group yet", not groups.check_existence(group))
made = groups.create_or_update(group, {"location": "West Europe", "tags": {"a": "b"}})
check("the location is normalised", made.location == "westeurope")
check("the group is there", groups.check_existence(group))

identities = ManagedServiceIdentityClient(signed_in, subscription, **management).user_assigned_identities
identity = identities.create_or_update(group, "sdk-id", {"location": "westeurope"})
check("an identity has its ids", identity.principal_id and identity.client_id)

trusts = ManagedServiceIdentityClient(signed_in, subscription, **management).federated_identity_credentials
trusts.create_or_update(group, "sdk-id", "sdk", {"properties": {
    "issuer": f"https://oidc.purser.test/{tenant}/", "subject": "system:serviceaccount:default:default",
    "audiences": ["api://AzureADTokenExchange"]}})
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
available = vaults.check_name_availability({"name": name, "type": "Microsoft.KeyVault/vaults"})
check("the name is taken", available.name_available is False)

secrets = SecretClient(vault.properties.vault_uri, signed_in)
secrets.set_secret("s", "hello", content_type="text/plain")
check("a secret is read", secrets.get_secret("s").value == "hello")
refused(
    "an absent secret is not found", ResourceNotFoundError, lambda e: e.error.code == "SecretNotFound",
    lambda: secrets.get_secret("none"))
for index in range(30):
    secrets.set_secret(f"page-{index}", "x")
check("all pages are read", len(list(secrets.list_properties_of_secrets())) == 31)

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

keys = KeyClient(vault.properties.vault_uri, signed_in)
check("an RSA key is made", len(keys.create_rsa_key("rsa", size=2048).key.n) == 256)
check("an EC key is made", len(keys.create_ec_key("ec", curve="P-256").key.x) == 32)
check("a certificate has a key", keys.get_key("c").key.kty == "RSA")

secrets.begin_delete_secret("s").wait()
refused(
    "a deleted secret holds its name", ResourceExistsError, lambda e: "recoverable state" in str(e),
    lambda: secrets.set_secret("s", "again"))
secrets.begin_recover_deleted_secret("s").wait()
check("it is recovered", secrets.get_secret("s").value == "hello")
secrets.begin_delete_secret("page-0").wait()
secrets.purge_deleted_secret("page-0")
check("another is purged", not any(x.name == "page-0" for x in secrets.list_deleted_secrets()))

compute = ComputeManagementClient(signed_in, subscription, **management).virtual_machine_scale_sets
nodes = "aks-nodes-west-dev"
scale_set = next(iter(compute.list(nodes)))
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
refused(
    "it holds its name", HttpResponseError, lambda e: e.status_code == 409 and e.error.code == "ConflictError",
    lambda: vaults.begin_create_or_update(group, name, {"location": "westeurope", "properties": properties}).result())
vaults.begin_create_or_update(
    group, name, {"location": "westeurope", "properties": properties | {"createMode": "recover"}}).result()
check("it is recovered with its contents", secrets.get_secret("s").value == "hello")
groups.begin_delete(group).result()
check("the group is gone", not groups.check_existence(group))
check("its vault is soft-deleted", any(x.name == name for x in vaults.list_deleted()))
vaults.begin_purge_deleted(name, "westeurope").result()
check("and purged", not any(x.name == name for x in vaults.list_deleted()))

print(f"1..{number}")
sys.exit(failures > 0)
