import Logging

/// Logs to standard error, one line for each event, whatever a peer or a file name has put into it:
/// a name with line feeds must not forge lines, one with escape sequences not steer a terminal.
struct OneLineLogHandler: LogHandler {
  private var inner: StreamLogHandler

  init(label: String) { inner = StreamLogHandler.standardError(label: label) }

  var logLevel: Logger.Level {
    get { inner.logLevel }
    set { inner.logLevel = newValue }
  }

  var metadata: Logger.Metadata {
    get { inner.metadata }
    set { inner.metadata = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { inner[metadataKey: key] }
    set { inner[metadataKey: key] = newValue }
  }

  func log(event: LogEvent) {
    var event = event
    event.message = "\(Sanitizer.oneLine(event.message.description))"
    inner.log(event: event)
  }
}
