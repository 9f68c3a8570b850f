import Messages
import Transport

/// `initialize`: says at once what the daemon can do; the library goes on loading. A client that
/// gave a token hears how loading stands at this moment, since the token ends with the answer.
func initialize(
  _ params: InitializeParams, _ services: Services, _ context: RequestContext
) -> InitializeResult {
  context.progress.begin(
    title: "Loading the library", message: services.library.standing, cancellable: false)
  if let process = params.processId { services.watchProcess(process) }
  return InitializeResult(
    capabilities: ServerCapabilities(
      protocolVersion: ProductInfo.protocolVersion, methods: OpenRPCDocument.ownMethods),
    serverInfo: InitializeResult.ServerInfo(name: ProductInfo.name, version: ProductInfo.version))
}
