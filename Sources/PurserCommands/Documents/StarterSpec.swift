/// The spec that `init` writes: small, complete, and valid once its variables are set.
enum StarterSpec {
    static func text(environment: String) -> String {
        """
        # A secret of an Azure Key Vault, as a file in a pod of an AKS cluster.
        apiVersion: purser/v1
        environment: \(environment)

        # The only way in for values from outside: --var NAME=VALUE, --var-file, PURSER_VAR_NAME, or the variable named here.
        variables:
          tenant: {env: AZURE_TENANT_ID}
          subscription: {env: AZURE_SUBSCRIPTION_ID}
          location: {default: westeurope}

        azure: {tenant: "${var.tenant}", subscription: "${var.subscription}", location: "${var.location}"}

        # The resource group in which AKS keeps the nodes' scale sets.
        cluster: {nodeResourceGroup: aks-nodes-west-dev}

        groups:
          main: {name: \(environment)}

        # Who reads the vault: an identity that is bound to the nodes of the cluster.
        identities:
          reader:
            name: \(environment)-reader
            group: main
            nodes: all

        vaults:
          main:
            # Unique in all of Azure: 3 to 24 letters, digits and hyphens.
            name: kv-\(environment.prefix(20))
            group: main
            authorization: policies
            access:
              reader: {identity: reader, secrets: [get]}
            secrets:
              # Where the value comes from; it is never written in the spec. `{env: NAME}` and `{file: PATH}` work too.
              password: {value: {generate: {length: 32}}}

        releases:
          csi:
            chart: csi-secrets-store-provider-azure
            repository: https://azure.github.io/secrets-store-csi-driver-provider-azure/charts
            version: 1.8.2
            namespace: csi

        namespaces:
          app: {}

        secretProviderClasses:
          app:
            namespace: app
            release: csi
            vault: main
            identity: {userAssigned: reader}
            objects:
              - secret: password

        pods:
          app:
            namespace: app
            mounts:
              - {secretProviderClass: app, path: /mnt/secrets}
            spec:
              containers:
                - name: app
                  image: registry.k8s.io/pause:3.10

        """
    }
}
