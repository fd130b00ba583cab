#!/bin/bash
# The walk that Purser exists for, as people do it by hand: the script of "Azure Kubernetes Services (AKS). Store your App
# Secrets Securely in Azure KeyVault" (April 2021), played from its first line to the files in the pod with the unmodified
# Azure CLI, openssl, kubectl and helm. Then Purser adopts what stands there.
# Usage: article.sh WORLD
#
# Names and endpoints apart, the script differs where the services and the chart have moved on since it was written:
#   - vaults use roles since api-version 2026-02-01, and `set-policy` then refuses: --enable-rbac-authorization false
#   - the driver may write Secrets only when asked since chart 0.0.23: syncSecret.enabled
#   - `helm template` prints and does not deploy, as its comment there says: `helm install`, with the same words
#   - the namespace of the application is made, and openssl gets its passwords by flag where it would ask
. "$(dirname "$0")/walk.sh"
needs az openssl kubectl helm purser curl
export HELM_REPOSITORY_CONFIG=$scratch/repositories.yaml
sign_in

step "the namespace of the driver is made" << 'SCRIPT'
kubectl create namespace csi
SCRIPT
step "the chart's repository is added" << 'SCRIPT'
helm repo add csi-secrets-store-provider-azure https://azure.github.io/secrets-store-csi-driver-provider-azure/charts
SCRIPT
step "the chart renders" << 'SCRIPT'
helm template csi csi-secrets-store-provider-azure/csi-secrets-store-provider-azure -n csi --set secrets-store-csi-driver.enableSecretRotation="true" --set secrets-store-csi-driver.rotationPollInterval="1m"
SCRIPT
step "the chart is deployed" << 'SCRIPT'
helm install csi csi-secrets-store-provider-azure/csi-secrets-store-provider-azure -n csi --set secrets-store-csi-driver.enableSecretRotation="true" --set secrets-store-csi-driver.rotationPollInterval="1m" --set secrets-store-csi-driver.syncSecret.enabled="true"
SCRIPT
check "two daemon sets run" 0 "successfully rolled out" kubectl rollout status -n csi daemonset --timeout 60s
check "they are two" 0 2 bash -c "kubectl get daemonset -n csi -o name | grep -c ."

step "variables are set" << SCRIPT
# Set variables
export TENANT_ID="$AZURE_TENANT_ID" # Your azure tenant id
export SUBSCRIPTION='Purser Sandbox' # Your azure subscription name
export LOCATION="westeurope" # Azure region where your resources will be deployed
export COMMON_NAME="aks-csi-demo" # A common name which will be used for naming
export GROUP_NAME=aks-csi-demo # A resource group name where we deploy a key vault and managed identity
export KEYVAULT_NAME=csi-demo-keyvault # A key vault where we will store our secrets
export IDENTITY_NAME=aks-csi-demo-identity # An managed identity name which we will create and use to access our key vault secrets
export AKS_CLUSTER_NODE_GROUP_NAME=aks-nodes-west-dev # Name of the resource group where our AKS cluster VM scale set is running
export SECRET_NAME=aks-csi-demo-secret # Name of azure key vault secret which we will create
export SECRET_VALUE=MySecretDemoPassword # Value of our azure key vault secret
export CERTIFICATE_SECRET_NAME=aks-csi-demo-cert # Name certificate which will be kept in our key vault as certificate object
SCRIPT
step "group, vault and identity are made" << 'SCRIPT'
# Create Resources (group, key vault, identity)
az group create --name $GROUP_NAME --location $LOCATION --subscription "$SUBSCRIPTION"
az keyvault create --name $KEYVAULT_NAME --resource-group $GROUP_NAME --location $LOCATION --subscription "$SUBSCRIPTION" --enable-rbac-authorization false
az identity create --name $IDENTITY_NAME --resource-group $GROUP_NAME --location $LOCATION --subscription "$SUBSCRIPTION"
SCRIPT
step "openssl makes a certificate" << 'SCRIPT'
# Create a private key with .pem certificate associated to it
openssl req -x509 -newkey rsa:4096 -keyout key.pem -out cert.pem -days 365 -subj '/CN=aks-csi-demo' -passout pass:$COMMON_NAME
# According azure key vault requirement we combine our private key and cerrtificate into the single pfx certificate file
openssl pkcs12 -inkey key.pem -in cert.pem -export -out $COMMON_NAME.pfx -passin pass:$COMMON_NAME -passout pass:$COMMON_NAME
SCRIPT
step "secret and certificate come into the vault" << 'SCRIPT'
# Create a Kevault secret
az keyvault secret set --name $SECRET_NAME --vault-name $KEYVAULT_NAME --value $SECRET_VALUE
# Create a certificate object in the key vault
az keyvault certificate import --file $COMMON_NAME.pfx --name $CERTIFICATE_SECRET_NAME --vault-name $KEYVAULT_NAME --password $COMMON_NAME
SCRIPT
step "the certificate has a key and a secret of its name" << 'SCRIPT'
for kind in secret key certificate; do az keyvault $kind show --vault-name $KEYVAULT_NAME --name $CERTIFICATE_SECRET_NAME; done
SCRIPT
step "the identity's ids are asked for" << 'SCRIPT'
# Retrieve User Assigned Managed Identity Id
IDENTITY_ID=$(az identity show --name $IDENTITY_NAME --resource-group $GROUP_NAME --subscription "$SUBSCRIPTION" --query id -o tsv)
# Retrieve User Assigned Managed Identity Client Id
IDENTITY_CLIENT_ID=$(az identity show --name $IDENTITY_NAME --resource-group $GROUP_NAME --subscription "$SUBSCRIPTION" --query clientId -o tsv)
SCRIPT
step "the identity may get" << 'SCRIPT'
# Set key vault policy which allows managed identity to get secrets, keys and certificates.
az keyvault set-policy --name $KEYVAULT_NAME --key-permissions get --spn $IDENTITY_CLIENT_ID
az keyvault set-policy --name $KEYVAULT_NAME --secret-permissions get --spn $IDENTITY_CLIENT_ID
az keyvault set-policy --name $KEYVAULT_NAME --certificate-permissions get --spn $IDENTITY_CLIENT_ID
SCRIPT
step "the nodes get the identity" << 'SCRIPT'
# Retrieve AKS cluster VMSS pool name and save it as a variable
VMSS=$(az vmss list --resource-group $AKS_CLUSTER_NODE_GROUP_NAME --subscription "$SUBSCRIPTION" --query "[].name" -o tsv)
# Assign User Assigned Managed Identity to the aks cluster VMSS
az vmss identity assign --resource-group $AKS_CLUSTER_NODE_GROUP_NAME -n $VMSS --identities $IDENTITY_ID
SCRIPT
step "the class is applied" << 'SCRIPT'
kubectl create namespace infra
# Deploy demo secretProviderClass
cat <<MANIFEST | kubectl apply -f -
apiVersion: secrets-store.csi.x-k8s.io/v1alpha1
kind: SecretProviderClass
metadata:
  name: aks-csi-demo
  namespace: infra
spec:
  provider: azure
  parameters:
    usePodIdentity: "false"
    useVMManagedIdentity: "true"
    userAssignedIdentityID: $IDENTITY_CLIENT_ID
    keyvaultName: $KEYVAULT_NAME
    objects:  |
      array:
        - |
          objectType: secret
          objectName: $SECRET_NAME
        - |
          objectType: secret
          objectName: $CERTIFICATE_SECRET_NAME
    tenantId: $TENANT_ID
  secretObjects:
  - secretName: $CERTIFICATE_SECRET_NAME
    type: kubernetes.io/tls
    data:
    - objectName: $CERTIFICATE_SECRET_NAME
      key: tls.key
    - objectName: $CERTIFICATE_SECRET_NAME
      key: tls.crt
MANIFEST
SCRIPT
step "the pod is applied" << 'SCRIPT'
# Deploy a demo pod
cat <<MANIFEST | kubectl apply -f -
kind: Pod
apiVersion: v1
metadata:
  name: $COMMON_NAME
  namespace: infra
  labels:
    name: $COMMON_NAME
    environment: development
    itSystemCode: unknown
    responsible: andrej.trusevic
spec:
  volumes:
    - name: $COMMON_NAME
      csi:
        driver: secrets-store.csi.k8s.io
        readOnly: true
        volumeAttributes:
          secretProviderClass: $COMMON_NAME
    - name: $CERTIFICATE_SECRET_NAME
      secret:
        secretName: $CERTIFICATE_SECRET_NAME
  containers:
    - name: $COMMON_NAME
      image: andriktr/utils:1.0.1
      volumeMounts:
      - name: $COMMON_NAME
        mountPath: "/mnt/csi-demo"
        readOnly: true
      - name: $CERTIFICATE_SECRET_NAME
        mountPath: "/csi-demo-cert/"
        readOnly: true
      resources:
        requests:
          cpu: 100m
          memory: 100Mi
        limits:
          cpu: 200m
          memory: 300Mi
MANIFEST
SCRIPT
check "the pod runs" 0 "condition met" kubectl wait --for=condition=Ready pod/aks-csi-demo -n infra --timeout=60s

pod=$world/pods/infra/aks-csi-demo/aks-csi-demo   # the container's root, as the sandbox's node made it
check "its file holds the secret" 0 MySecretDemoPassword cat "$pod/mnt/csi-demo/aks-csi-demo-secret"
check "its file holds the certificate" 0 "CN = aks-csi-demo" openssl x509 -in "$pod/mnt/csi-demo/aks-csi-demo-cert" -noout -subject
fingerprint=$(openssl x509 -in "$scratch/cert.pem" -noout -fingerprint -sha256)
check "it is the one that was imported" 0 "$fingerprint" openssl x509 -in "$pod/mnt/csi-demo/aks-csi-demo-cert" -noout -fingerprint -sha256
check "the Secret's certificate is the same" 0 "$fingerprint" openssl x509 -in "$pod/csi-demo-cert/tls.crt" -noout -fingerprint -sha256
check "the Secret's key belongs to it" 0 "$(openssl x509 -in "$scratch/cert.pem" -noout -pubkey)" openssl pkey -in "$pod/csi-demo-cert/tls.key" -pubout

# Now Purser adopts it, signed in as az is: everything looked up, nothing changed.
cd "$scratch" || exit 1
unset AZURE_CLIENT_SECRET AZURE_CLIENT_ID
purser() { ARM_CLOUD_METADATA_URL=$metadata command purser "$@" --credential azure-cli; }
spec=plans/article/environment.yaml
administer DELETE requests
check "purser imports it" 0 "Wrote $spec" purser import --environment article --namespace infra --out $spec
check "all of it is existing" 0 "existing: true" cat $spec
check "the plan is empty" 0 "No changes." purser plan plans/article --detailed-exitcode
check "apply does nothing" 0 "No changes." purser apply plans/article --yes
check "the pod has its files by what purser sees" 0 "Every pod has its files: 1 checked." purser verify plans/article
check "nothing drifts" 0 "" purser drift plans/article --detailed-exitcode
check "nothing was written meanwhile" 0 "none" bash -c '[ -z "$1" ] && echo none || { echo "$1"; exit 1; }' _ "$(writes)"
check "a destroy takes nothing" 0 "" purser destroy plans/article --yes
check "the group is still there" 0 true az group exists -n aks-csi-demo
check "and the pod" 0 Running kubectl get pod aks-csi-demo -n infra

# Then it takes group, identity and vault over, once they carry the environment's mark.
python3 - $spec << 'PYTHON'
import re, sys
text = open(sys.argv[1]).read()
for name in ("groups", "identities", "vaults"):
    section = re.search(rf"(?ms)^{name}:\n(.*?)(?=^\S|\Z)", text)
    kept, part = [], ""
    for line in section.group(1).splitlines(keepends=True):
        part = line.strip() if re.match(r"    \w", line) else part
        if line.strip() != "existing: true" or part in ("secrets:", "certificates:"):
            kept.append(line)
    text = text.replace(section.group(1), "".join(kept))
open(sys.argv[1], "w").write(text)
PYTHON
check "what is not marked is not taken over" 1 plan/already-exists purser plan plans/article
mark() {
    local id
    for id in $(az group show -n aks-csi-demo --query id -o tsv) $(az keyvault show -n csi-demo-keyvault --query id -o tsv) \
        $(az identity show -n aks-csi-demo-identity -g aks-csi-demo --query id -o tsv); do
        az tag update --operation merge --resource-id "$id" --tags purser-environment=article -o none || return
    done
}
check "az marks them" 0 "" mark
check "the plan takes them over" 2 "adopt" purser plan plans/article --detailed-exitcode
check "apply takes them over" 0 "" purser apply plans/article --yes
check "then the plan is empty" 0 "No changes." purser plan plans/article --detailed-exitcode
check "az sees whose they are" 0 groups/aks-csi-demo az group show -n aks-csi-demo
check "the pod still has its files" 0 "Every pod has its files: 1 checked." purser verify plans/article
finish
