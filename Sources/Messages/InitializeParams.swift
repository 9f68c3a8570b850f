/// The parameters of `initialize`, as far as the daemon makes use of them; a client sends many
/// more, which are passed over (LSP 3.17, "Initialize Request").
package struct InitializeParams: Codable, Sendable, Hashable {
  /// The client's name, for the log.
  package struct ClientInfo: Codable, Sendable, Hashable {
    package var name: String?
    package var version: String?

    package init(name: String? = nil, version: String? = nil) {
      self.name = name
      self.version = version
    }
  }

  /// The process that started the daemon, which ends when that process has ended; `nil` if none.
  package var processId: Int?
  package var clientInfo: ClientInfo?
  /// The level that `$/setTrace` changes later.
  package var trace: TraceLevel?
  /// Where the client wants to hear how the library's loading goes.
  package var workDoneToken: ProgressToken?

  package init(
    processId: Int? = nil, clientInfo: ClientInfo? = nil, trace: TraceLevel? = nil,
    workDoneToken: ProgressToken? = nil
  ) {
    self.processId = processId
    self.clientInfo = clientInfo
    self.trace = trace
    self.workDoneToken = workDoneToken
  }
}
