#!/bin/bash
# What Purser made belongs to everybody: the Azure CLI, kubectl and helm show it, change it and delete it; each time the
# plan tells what is different, and an apply makes it good.
# Usage: round-trip.sh WORLD
. "$(dirname "$0")/walk.sh"
needs az kubectl helm purser curl
plans=$(cd "$(dirname "$0")/../../plans" && pwd)
cp -R "$plans/aks-csi-demo" "$scratch/demo"
cd "$scratch" || exit 1
sign_in
SECRET_VALUE=$(head -c 24 /dev/urandom | base64)
export SECRET_VALUE
unset AZURE_CLIENT_SECRET AZURE_CLIENT_ID
purser() { ARM_CLOUD_METADATA_URL=$metadata command purser "$@" --credential azure-cli; }
group=aks-csi-demo vault=csi-demo-keyvault identity=aks-csi-demo-identity
nodes=aks-nodes-west-dev scaleset=aks-nodepool1-12345678-vmss

# good WHAT: an apply makes it good, after which the plan is empty and the pod has its files.
good() {
    check "an apply makes $1 good" 0 "" purser apply demo --yes
    check "then the plan is empty" 0 "No changes." purser plan demo --detailed-exitcode
    check "and the pod has its files" 0 "Every pod has its files: 1 checked." purser verify demo
}

check "purser makes the demo" 0 "" purser apply demo --yes
check "the plan is empty" 0 "No changes." purser plan demo --detailed-exitcode

# Shown.
check "az shows the group" 0 '"purser-environment": "aks-csi-demo"' az group show -n $group
check "az shows the vault" 0 '"enableRbacAuthorization": false' az keyvault show -n $vault
check "az shows the identity" 0 principalId az identity show -n $identity -g $group
check "az shows two policies" 0 2 az keyvault show -n $vault --query "length(properties.accessPolicies)"
check "az reads the secret" 0 "$SECRET_VALUE" az keyvault secret show --vault-name $vault -n aks-csi-demo-secret --query value -o tsv
check "az shows the certificate" 0 aks-csi-demo az keyvault certificate show --vault-name $vault -n aks-csi-demo-cert --query policy.x509CertificateProperties.subject
check "az shows the identity on the nodes" 0 $identity az vmss identity show -g $nodes -n $scaleset
check "az shows both identities there" 0 2 az vmss identity show -g $nodes -n $scaleset --query "length(userAssignedIdentities)"
check "az lists what is in the group" 0 $vault az resource list -g $group --query "[].name"
check "helm shows the release" 0 deployed helm status csi -n csi
check "kubectl shows the class" 0 $vault kubectl get secretproviderclass aks-csi-demo -n infra -o yaml
check "kubectl shows the pod" 0 Running kubectl get pod aks-csi-demo -n infra

# Changed.
check "az changes the secret" 0 "" az keyvault secret set --vault-name $vault -n aks-csi-demo-secret --value other
check "az takes a permission" 0 "" az keyvault set-policy -n $vault --spn "$(az identity show -n $identity -g $group --query clientId -o tsv)" --secret-permissions list
check "az takes the identity from the nodes" 0 "" az vmss identity remove -g $nodes -n $scaleset --identities "$(az identity show -n $identity -g $group --query id -o tsv)"
check "kubectl changes the class" 0 patched kubectl patch secretproviderclass aks-csi-demo -n infra --type merge -p '{"spec":{"parameters":{"keyvaultName":"another"}}}'
check "the plan tells of it" 2 "" purser plan demo --detailed-exitcode
told=$output
for address in vaults/demo/secrets/aks-csi-demo-secret vaults/demo/access/demo identities/demo/nodes secretProviderClasses/aks-csi-demo; do
    check "the plan names $address" 0 $address echo "$told"
done
check "so does drift" 2 vaults/demo/access/demo purser drift demo --detailed-exitcode
good "the changes"
check "az reads the secret as it was" 0 "$SECRET_VALUE" az keyvault secret show --vault-name $vault -n aks-csi-demo-secret --query value -o tsv
check "kubectl sees the class as it was" 0 $vault kubectl get secretproviderclass aks-csi-demo -n infra -o "jsonpath={.spec.parameters.keyvaultName}"
check "az sees both identities again" 0 2 az vmss identity show -g $nodes -n $scaleset --query "length(userAssignedIdentities)"

# Deleted, piece by piece.
check "az deletes the secret" 0 recoveryId az keyvault secret delete --vault-name $vault -n aks-csi-demo-secret
check "az deletes the identity" 0 "" az identity delete -n $identity -g $group
check "kubectl deletes the pod" 0 deleted kubectl delete pod aks-csi-demo -n infra
check "the plan makes them again" 2 "" purser plan demo --detailed-exitcode
told=$output
check "the secret is recovered" 0 "vaults/demo/secrets/aks-csi-demo-secret (secret): recover" echo "$told"
check "the identity is created" 0 "identities/demo (managed identity): create" echo "$told"
good "the deletions"
check "the new identity is on the nodes" 0 2 az vmss identity show -g $nodes -n $scaleset --query "length(userAssignedIdentities)"

# Deleted, all at once.
check "az deletes the group" 0 "" az group delete -n $group -y
check "the plan makes everything again" 2 groups/demo purser plan demo --detailed-exitcode
good "the group's end"
check "az reads the secret once more" 0 "$SECRET_VALUE" az keyvault secret show --vault-name $vault -n aks-csi-demo-secret --query value -o tsv
check "purser destroys it" 0 "" purser destroy demo --yes --purge
check "az finds no group" 0 false az group exists -n $group
check "az finds no deleted vault" 0 "[]" az keyvault list-deleted
check "the nodes have their own identity only" 0 1 az vmss identity show -g $nodes -n $scaleset --query "length(userAssignedIdentities)"
finish
