#!/bin/bash
# Plays a user's walk with the unmodified Azure CLI against a running sandbox, and reports in TAP.
# Usage: azure-cli.sh WORLD
. "$(dirname "$0")/walk.sh"
needs az openssl

tenant=$AZURE_TENANT_ID client=$AZURE_CLIENT_ID secret=$AZURE_CLIENT_SECRET
group=az-walk vault=az-walk-$RANDOM roles=az-roles-$RANDOM
nodes=aks-nodes-west-dev scaleset=aks-nodepool1-12345678-vmss

check "the cloud is registered" 0 "" az cloud register -n Sandbox --endpoint-resource-manager "$(connection azureURL)"
check "the cloud is set" 0 "" az cloud set -n Sandbox
check "a wrong secret is refused" 1 AADSTS7000215 az login --service-principal -u "$client" -p wrong --tenant "$tenant"
check "the right secret signs in" 0 "Purser Sandbox" az login --service-principal -u "$client" -p "$secret" --tenant "$tenant"

check "no group yet" 0 false az group exists -n $group
check "showing it ends with 3" 3 ResourceGroupNotFound az group show -n $group
check "the group is made" 0 Succeeded az group create -n $group -l westeurope

check "a vault with policies is made" 0 $vault az keyvault create -n $vault -g $group -l westeurope --enable-rbac-authorization false
check "a secret is set" 0 attributes az keyvault secret set --vault-name $vault -n s --value v
check "the secret is read" 0 '"value": "v"' az keyvault secret show --vault-name $vault -n s
check "an absent secret ends with 3" 3 SecretNotFound az keyvault secret show --vault-name $vault -n none
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$scratch/key" -out "$scratch/pem" -days 30 -subj /CN=az-walk 2> "$scratch/log"
openssl pkcs12 -export -inkey "$scratch/key" -in "$scratch/pem" -passout pass:pw -out "$scratch/pfx"
thumbprint=$(openssl x509 -in "$scratch/pem" -noout -fingerprint -sha1 | cut -d= -f2 | tr -d :)
check "a PFX with a wrong password is refused" 1 BadParameter az keyvault certificate import --vault-name $vault -n c -f "$scratch/pfx" --password bad
check "a PFX is imported" 0 "$thumbprint" az keyvault certificate import --vault-name $vault -n c -f "$scratch/pfx" --password pw
check "its secret is a PFX" 0 x-pkcs12 az keyvault secret show --vault-name $vault -n c --query contentType
check "the secret is downloaded" 0 "" az keyvault secret download --vault-name $vault -n c -e base64 -f "$scratch/out"
check "openssl reads it without a password" 0 az-walk openssl pkcs12 -in "$scratch/out" -passin pass: -nodes
check "a certificate is made by the vault" 0 completed az keyvault certificate create --vault-name $vault -n made -p "$(az keyvault certificate get-default-policy)"

check "an identity is made" 0 principalId az identity create -n az-walk-id -g $group
identity=$(az identity show -n az-walk-id -g $group --query id -o tsv)
application=$(az identity show -n az-walk-id -g $group --query clientId -o tsv)
for kind in secret key certificate; do
    check "a policy for $kind is added" 0 "" az keyvault set-policy -n $vault --spn "$application" --$kind-permissions get
done
check "they are one entry beside the creator's" 0 2 az keyvault show -n $vault --query "length(properties.accessPolicies)"

check "a vault with roles is made by default" 0 '"enableRbacAuthorization": true' az keyvault create -n $roles -g $group -l westeurope
check "it takes no policy" 1 "--enable-rbac-authorization" az keyvault set-policy -n $roles --spn "$application" --secret-permissions get
check "without a role nothing is set" 1 ForbiddenByRbac az keyvault secret set --vault-name $roles -n s --value v
scope=$(az keyvault show -n $roles --query id -o tsv)
check "a role is assigned" 0 roleAssignments az role assignment create --assignee "$client" --role "Key Vault Administrator" --scope "$scope"
check "the role is listed" 0 "Key Vault Administrator" az role assignment list --scope "$scope"
check "with the role it is set" 0 attributes az keyvault secret set --vault-name $roles -n s --value v
check "a secret is purged with the role" 0 "" bash -c "az keyvault secret delete --vault-name $roles -n s && az keyvault secret purge --vault-name $roles -n s"

check "the scale set is listed" 0 nodepool1 az vmss list -g $nodes
check "the identity is assigned" 0 az-walk-id az vmss identity assign -g $nodes -n $scaleset --identities "$identity"
check "the cluster's own stays" 0 agentpool az vmss identity show -g $nodes -n $scaleset
check "the identity is removed" 0 "" az vmss identity remove -g $nodes -n $scaleset --identities "$identity"
check "the cluster's own stays again" 0 agentpool az vmss identity show -g $nodes -n $scaleset
check "the cluster is shown" 0 nodeResourceGroup az aks show -g aks-west-dev -n aks-west-dev
check "its kubeconfig is given" 0 "" az aks get-credentials -g aks-west-dev -n aks-west-dev -f "$scratch/kubeconfig"

check "the add-on for key vaults is enabled" 0 '"enabled": true' az aks enable-addons -g aks-west-dev -n aks-west-dev -a azure-keyvault-secrets-provider --query addonProfiles.azureKeyvaultSecretsProvider
check "it has an identity of its own" 0 azurekeyvaultsecretsprovider az aks show -g aks-west-dev -n aks-west-dev --query addonProfiles.azureKeyvaultSecretsProvider.identity.resourceId
check "the nodes have it" 0 azurekeyvaultsecretsprovider az vmss identity show -g $nodes -n $scaleset
check "it is told to rotate" 0 '"enableSecretRotation": "true"' az aks update -g aks-west-dev -n aks-west-dev --enable-secret-rotation --query addonProfiles.azureKeyvaultSecretsProvider.config
check "it is disabled" 0 '"enabled": false' az aks disable-addons -g aks-west-dev -n aks-west-dev -a azure-keyvault-secrets-provider --query addonProfiles.azureKeyvaultSecretsProvider
check "the nodes have their own again" 0 1 az vmss identity show -g $nodes -n $scaleset --query "length(userAssignedIdentities)"

check "a lock is put on the vault" 0 CanNotDelete az lock create -n keep --lock-type CanNotDelete --resource $vault --resource-type Microsoft.KeyVault/vaults -g $group
check "the vault stays" 1 ScopeLocked az keyvault delete -n $vault -g $group
check "the group, too" 1 ScopeLocked az group delete -n $group -y
check "the lock is listed" 0 keep az lock list -g $group
check "it is taken away" 0 "" az lock delete -n keep --resource $vault --resource-type Microsoft.KeyVault/vaults -g $group
check "another against writing" 0 ReadOnly az lock create -n still --lock-type ReadOnly -g $group
check "the group's tags stay" 1 ScopeLocked az group update -n $group --set tags.a=b
check "an identity is not made" 1 ScopeLocked az identity create -n az-walk-other -g $group
check "the lock is shown" 0 ReadOnly az lock show -n still -g $group
check "it is taken away" 0 "" az lock delete -n still -g $group
check "the vault is tagged" 0 '"team": "walk"' az tag update --operation merge --resource-id "$(az keyvault show -n $vault --query id -o tsv)" --tags team=walk
check "its tags are read" 0 '"team": "walk"' az keyvault show -n $vault --query tags
check "the identity is shown as a resource" 0 az-walk-id az resource show --ids "$identity"
check "a provider's versions are told" 0 2026-02-01 az provider show -n Microsoft.KeyVault --query "resourceTypes[?resourceType=='vaults'].apiVersions"
check "a provider is unregistered" 0 "" az provider unregister -n Microsoft.KeyVault
check "then no vault is made" 1 MissingSubscriptionRegistration az rest --method put --url "$(az group show -n $group --query id -o tsv)/providers/Microsoft.KeyVault/vaults/az-none?api-version=2026-02-01" --body '{"location": "westeurope", "properties": {}}' --resource https://management.core.windows.net/
check "it is registered again" 0 "" az provider register -n Microsoft.KeyVault --wait
check "an unknown api-version is refused" 1 NoRegisteredProviderFound az rest --method get --url "$(az keyvault show -n $vault --query id -o tsv)?api-version=2001-01-01" --resource https://management.core.windows.net/

check "a secret is deleted" 0 recoveryId az keyvault secret delete --vault-name $vault -n s
check "its name is held" 1 Conflict az keyvault secret set --vault-name $vault -n s --value w
check "it is recovered" 0 "" az keyvault secret recover --vault-name $vault -n s
check "the permission all does not purge" 1 AccessDenied bash -c "az keyvault secret delete --vault-name $vault -n s && az keyvault secret purge --vault-name $vault -n s"
check "the vault is deleted" 0 "" az keyvault delete -n $vault -g $group
check "its name is held" 1 "deleted state" az keyvault create -n $vault -g $group -l westeurope
check "it is recovered" 0 "" az keyvault recover -n $vault
check "it is deleted again" 0 "" az keyvault delete -n $vault
check "it is purged" 0 "" az keyvault purge -n $vault
check "the group is deleted" 0 "" az group delete -n $group -y
check "its vault is soft-deleted" 0 $roles az keyvault list-deleted
check "that is purged too" 0 "" az keyvault purge -n $roles

export ARM_CLOUD_METADATA_URL=$metadata AZURE_CONFIG_DIR=$scratch/second
check "the metadata variable replaces registration" 0 PurserSandbox az login --service-principal -u "$client" -p "$secret" --tenant "$tenant"

finish
