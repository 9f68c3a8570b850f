import Messages

/// `initialize`: says at once what the daemon can do; the library goes on loading.
func initialize(_ params: InitializeParams, _ services: Services) -> InitializeResult {
  if let process = params.processId { services.watchProcess(process) }
  return InitializeResult(
    capabilities: ServerCapabilities(
      protocolVersion: ProductInfo.protocolVersion, methods: OpenRPCDocument.ownMethods),
    serverInfo: InitializeResult.ServerInfo(name: ProductInfo.name, version: ProductInfo.version))
}
