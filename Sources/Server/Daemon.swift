import Dispatch
import Glibc
package import Library
package import Logging
import Messages
import Synchronization
import Transport
import UnixSignals

/// What a daemon is started with.
package struct DaemonConfiguration: Sendable {
  /// How messages are cut: told by the first byte, by headers, or by lines.
  package enum Framing: Sendable {
    case auto
    case lsp
    case ndjson

    var choice: FramingChoice {
      switch self {
      case .auto: .auto
      case .lsp: .lsp
      case .ndjson: .ndjson
      }
    }
  }

  /// The library folder.
  package var library: String
  /// How checkpoints and the library's files are found and read.
  package var options: LibraryOptions
  /// How messages are cut.
  package var framing: Framing
  /// The longest message, in bytes.
  package var messageLimit: Int
  /// How long requests may take to finish after a signal asked the daemon to stop.
  package var drainDeadline: Duration
  /// The time since some fixed moment; it never runs backwards.
  package var now: @Sendable () -> Duration

  package init(
    library: String, options: LibraryOptions, framing: Framing = .auto,
    messageLimit: Int = 64 << 20, drainDeadline: Duration = .seconds(10),
    now: @escaping @Sendable () -> Duration
  ) {
    self.library = library
    self.options = options
    self.framing = framing
    self.messageLimit = messageLimit
    self.drainDeadline = drainDeadline
    self.now = now
  }
}

/// Serves one client on standard input and output until its input ends or a signal says stop.
package enum Daemon {
  /// Threads for requests that a person waits for; batches have as many of their own.
  private static var width: Int { max(2, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// Runs the daemon; returns the exit code. Call once in a process.
  package static func run(
    _ configuration: DaemonConfiguration, logger: Logger
  ) -> Int32 {
    // Answers that go nowhere would pass for answers, so a closed output is not replaced.
    let hasOutput = fcntl(STDOUT_FILENO, F_GETFD) >= 0
    SystemCalls.openClosedStandardStreams()
    // A peer that has gone is an error of the write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    // So is a file that grows beyond `ulimit -f`.
    signal(SIGXFSZ, SIG_IGN)
    guard hasOutput else {
      logger.critical("standard output is closed: nobody could be answered")
      return 74
    }
    guard let output = guardStandardOutput() else {
      logger.critical("standard output cannot be duplicated: \(SystemCalls.lastError)")
      return 74
    }
    NumericFacts.prepare()

    let holder = LibraryHolder(path: configuration.library, options: configuration.options)
    let counters = RequestCounters()
    var transport = Connection.Configuration()
    transport.framing = configuration.framing.choice
    transport.limits.message = configuration.messageLimit
    let stopping = Stopping(deadline: configuration.drainDeadline, holder: holder)
    let watch = ProcessWatch {
      logger.notice("the client's process has ended")
      stopping.stop()
    }
    let services = Services(
      library: holder, counters: counters,
      limits: .init(transport.limits, header: configuration.options.headerLimit),
      watchProcess: { process in watch.watch(process) })
    let connection = Connection(
      input: STDIN_FILENO, output: output, methods: Methods.table(services),
      pools: WorkPools(
        interactive: width, bulk: width,
        trainingThreadStarts: { SystemCalls.goBehindOtherThreads() }),
      configuration: transport, counters: counters, clock: TransportClock(now: configuration.now),
      logger: logger)
    stopping.use(connection)
    stopping.watchSignals(logger: logger)
    holder.load { snapshot in
      logger.info(
        "loaded \(snapshot.expertCount) experts and \(snapshot.tableCount) text tables")
      for problem in snapshot.problems {
        connection.log(.warning, problem.error.description)
      }
    }
    let outcome = connection.run()
    if case .failed(let problem) = outcome.end { logger.error("\(problem)") }
    return exitCode(outcome)
  }

  /// Moves the replies' channel away from descriptor 1 and points that to standard error, so that
  /// a stray `print` of any library cannot break a frame.
  private static func guardStandardOutput() -> Int32? {
    let output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
    guard output >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else { return nil }
    return output
  }

  /// 0 when the client took leave as its framing asks for, else 1; 74 (`EX_IOERR`) when the system
  /// refused to read or write.
  private static func exitCode(_ outcome: ConnectionOutcome) -> Int32 {
    if case .failed = outcome.end { return 74 }
    return outcome.isClean ? 0 : 1
  }
}

/// What asks a connection to stop: signals, and the end of the client's process.
private final class Stopping: Sendable {
  private let deadline: Duration
  private let holder: LibraryHolder
  private let connection = Mutex<Connection?>(nil)

  init(deadline: Duration, holder: LibraryHolder) {
    self.deadline = deadline
    self.holder = holder
  }

  func use(_ connection: Connection) { self.connection.withLock { $0 = connection } }

  func stop() {
    holder.stop()
    connection.withLock { $0 }?.stop(within: deadline)
  }

  /// The first SIGTERM or SIGINT drains, the second ends the process at once. Returns when signals
  /// are caught: one that came while requests are answered, but before that, would cut a frame.
  func watchSignals(logger: Logger) {
    let isReady = DispatchSemaphore(value: 0)
    Task.detached { [self] in
      let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
      isReady.signal()
      var isFirst = true
      for await signal in signals {
        guard isFirst else { _exit(signal == .sigint ? 130 : 143) }
        isFirst = false
        logger.notice("stopping on \(signal)")
        stop()
      }
    }
    isReady.wait()
  }
}
