/// `probex/status`: how the daemon is, what it has loaded and what it could not.
package enum StatusMessage: RequestMessage {
  package static let method = "probex/status"
  package static let order = MethodOrder.sequential
  package static let parameters: [ParameterName] = []

  package typealias Params = NoParams

  package struct Result: Codable, Sendable {
    package struct Server: Codable, Sendable {
      package var name: String
      package var version: String
      package var `protocol`: String

      package init(name: String, version: String, protocol: String) {
        self.name = name
        self.version = version
        self.protocol = `protocol`
      }
    }

    package struct Library: Codable, Sendable {
      package struct Problem: Codable, Sendable {
        package var path: String
        package var code: Int
        package var message: String

        package init(path: String, code: Int, message: String) {
          self.path = path
          self.code = code
          self.message = message
        }
      }

      package var path: String
      package var experts: Int
      package var texts: Int
      package var problems: [Problem]

      package init(path: String, experts: Int, texts: Int, problems: [Problem]) {
        self.path = path
        self.experts = experts
        self.texts = texts
        self.problems = problems
      }
    }

    /// Bytes: what the numbers occupy, and what the process has resident.
    package struct Memory: Codable, Sendable {
      package var experts: Int
      package var texts: Int
      package var resident: Int

      package init(experts: Int, texts: Int, resident: Int) {
        self.experts = experts
        self.texts = texts
        self.resident = resident
      }
    }

    package struct BLAS: Codable, Sendable {
      package var core: String
      package var configuration: String
      package var threads: Int

      package init(core: String, configuration: String, threads: Int) {
        self.core = core
        self.configuration = configuration
        self.threads = threads
      }
    }

    /// Requests of this connection since it began; the one being answered is received, not answered.
    package struct Requests: Codable, Sendable {
      package var received: Int
      package var answered: Int
      package var failed: Int
      package var cancelled: Int

      package init(received: Int, answered: Int, failed: Int, cancelled: Int) {
        self.received = received
        self.answered = answered
        self.failed = failed
        self.cancelled = cancelled
      }
    }

    /// Bytes, but for `depth` (levels) and `batch` (requests).
    package struct Limits: Codable, Sendable {
      package var message: Int
      package var depth: Int
      package var batch: Int
      package var replies: Int
      package var header: Int

      package init(message: Int, depth: Int, batch: Int, replies: Int, header: Int) {
        self.message = message
        self.depth = depth
        self.batch = batch
        self.replies = replies
        self.header = header
      }
    }

    package var server: Server
    package var library: Library
    package var memory: Memory
    package var blas: BLAS
    package var requests: Requests
    package var limits: Limits

    package init(
      server: Server, library: Library, memory: Memory, blas: BLAS, requests: Requests,
      limits: Limits
    ) {
      self.server = server
      self.library = library
      self.memory = memory
      self.blas = blas
      self.requests = requests
      self.limits = limits
    }
  }
}
