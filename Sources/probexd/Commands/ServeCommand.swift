import ArgumentParser
import Glibc
import Logging
import Server

/// `probexd serve`: the daemon on standard input and output.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answer JSON-RPC requests on standard input until it ends.",
    discussion: """
      Two framings: one JSON text per line, and Content-Length headers with the base protocol of \
      LSP; `auto` tells them apart by the first byte. Logs go to standard error. \
      Protocol/README.md describes the protocol, `probexd call rpc.discover` the methods.
      """)

  @OptionGroup var arguments: LibraryArguments

  @Option(name: .long, help: ArgumentHelp("auto, lsp or ndjson.", valueName: "framing"))
  var framing: FramingChoice = .auto

  @Option(
    name: .long,
    help: ArgumentHelp("The longest message that is read.", valueName: "bytes"))
  var messageLimit: Int = 64 << 20

  @Option(
    name: .long,
    help: ArgumentHelp(
      "trace, debug, info, notice, warning, error or critical.", valueName: "level"))
  var logLevel: LogLevelChoice = .notice

  func validate() throws {
    guard (1024...(1 << 32)).contains(messageLimit) else {
      throw ValidationError("--message-limit does not lie between 1024 and 4294967296.")
    }
  }

  func run() throws {
    LoggingSystem.bootstrap { label in OneLineLogHandler(label: label) }
    var logger = Logger(label: "probexd")
    logger.logLevel = logLevel.level
    let start = ContinuousClock.now
    let configuration = DaemonConfiguration(
      library: arguments.path, options: arguments.options, framing: framing.framing,
      messageLimit: messageLimit, now: { start.duration(to: .now) })
    throw ExitCode(Daemon.run(configuration, logger: logger))
  }
}

/// How messages are cut.
enum FramingChoice: String, ExpressibleByArgument, CaseIterable {
  case auto
  case lsp
  case ndjson

  var framing: DaemonConfiguration.Framing {
    switch self {
    case .auto: .auto
    case .lsp: .lsp
    case .ndjson: .ndjson
    }
  }
}

/// How much is logged.
enum LogLevelChoice: String, ExpressibleByArgument, CaseIterable {
  case trace, debug, info, notice, warning, error, critical

  var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .notice }
}
