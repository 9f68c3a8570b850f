/// What the daemon can do, in answer to `initialize` (LSP 3.17, `InitializeResult`).
package struct InitializeResult: Codable, Sendable, Hashable {
  package var capabilities: ServerCapabilities
  package var serverInfo: ServerInfo

  package init(capabilities: ServerCapabilities, serverInfo: ServerInfo) {
    self.capabilities = capabilities
    self.serverInfo = serverInfo
  }

  /// Name and version of the daemon.
  package struct ServerInfo: Codable, Sendable, Hashable {
    package var name: String
    package var version: String

    package init(name: String, version: String) {
      self.name = name
      self.version = version
    }
  }
}

/// The capabilities: no documents yet, and the daemon's own methods.
package struct ServerCapabilities: Codable, Sendable, Hashable {
  /// The unit in which positions within a line count; `utf-16` is what every client knows.
  package var positionEncoding = "utf-16"
  package var textDocumentSync = TextDocumentSync()
  package var experimental: Experimental

  /// Capabilities with those methods of the daemon, which are put in order.
  package init(protocolVersion: String, methods: [String]) {
    experimental = Experimental(probex: .init(protocol: protocolVersion, methods: methods.sorted()))
  }

  /// Which changes of documents a client must report: none (`change` 0).
  package struct TextDocumentSync: Codable, Sendable, Hashable {
    package var openClose = false
    package var change = 0

    /// No documents at all.
    package init() {}
  }

  /// What LSP leaves to servers.
  package struct Experimental: Codable, Sendable, Hashable {
    package var probex: Probex
  }

  /// The daemon's protocol version and its methods, sorted.
  package struct Probex: Codable, Sendable, Hashable {
    package var `protocol`: String
    package var methods: [String]
  }
}
