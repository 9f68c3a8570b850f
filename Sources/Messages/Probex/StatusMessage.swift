/// `probex/status`: how the daemon is, what it has loaded and what it could not.
package enum StatusMessage: RequestMessage {
  package static let method = "probex/status"
  package static let order = MethodOrder.sequential
  package static let parameters: [ParameterName] = []

  /// It has no parameters.
  package typealias Params = NoParams

  /// The state of the daemon at one moment.
  package struct Result: Codable, Sendable {
    /// Who answers.
    package struct Server: Codable, Sendable {
      /// `probexd`.
      package var name: String
      /// Version of the program.
      package var version: String
      /// Version of the protocol, `MAJOR.MINOR`.
      package var `protocol`: String

      /// The three of them, as `ProductInfo` of the server has them.
      package init(name: String, version: String, protocol: String) {
        self.name = name
        self.version = version
        self.protocol = `protocol`
      }
    }

    /// What was loaded from the library's folder.
    package struct Library: Codable, Sendable {
      /// Something that could not be loaded; the rest is served.
      package struct Problem: Codable, Sendable {
        /// The file, or the folder that cannot be listed.
        package var path: String
        /// The code that a request would have got, as `Protocol/README.md` lists them.
        package var code: Int
        /// What is wrong and what to do about it.
        package var message: String

        package init(path: String, code: Int, message: String) {
          self.path = path
          self.code = code
          self.message = message
        }
      }

      /// The folder, as it was given to the daemon.
      package var path: String
      /// How many experts are in memory.
      package var experts: Int
      /// How many text tables are in memory.
      package var texts: Int
      /// In the order in which they were met; empty when all is well.
      package var problems: [Problem]

      package init(path: String, experts: Int, texts: Int, problems: [Problem]) {
        self.path = path
        self.experts = experts
        self.texts = texts
        self.problems = problems
      }
    }

    /// Memory in bytes.
    package struct Memory: Codable, Sendable {
      /// What the experts' numbers occupy, projected text tables included.
      package var experts: Int
      /// What the text tables' embeddings occupy.
      package var texts: Int
      /// What the whole process has in memory; 0 where the system does not say.
      package var resident: Int

      package init(experts: Int, texts: Int, resident: Int) {
        self.experts = experts
        self.texts = texts
        self.resident = resident
      }
    }

    /// The numeric library, which explains most differences in speed between two machines.
    package struct BLAS: Codable, Sendable {
      /// The kernels that OpenBLAS chose for this processor, such as `Cooperlake`.
      package var core: String
      /// OpenBLAS's own account of its version and build.
      package var configuration: String
      /// Threads that one product uses.
      package var threads: Int

      package init(core: String, configuration: String, threads: Int) {
        self.core = core
        self.configuration = configuration
        self.threads = threads
      }
    }

    /// Requests of this connection since it began; the one being answered is received, but not
    /// answered yet.
    package struct Requests: Codable, Sendable {
      /// How many came.
      package var received: Int
      /// How many were answered with a result.
      package var answered: Int
      /// How many were answered with an error other than a cancellation.
      package var failed: Int
      /// How many were answered with -32800.
      package var cancelled: Int

      package init(received: Int, answered: Int, failed: Int, cancelled: Int) {
        self.received = received
        self.answered = answered
        self.failed = failed
        self.cancelled = cancelled
      }
    }

    /// What is accepted at most; what happens beyond it stands in `Protocol/README.md`.
    package struct Limits: Codable, Sendable {
      /// Bytes of one message.
      package var message: Int
      /// Arrays and objects within each other in a message.
      package var depth: Int
      /// Requests in one batch.
      package var batch: Int
      /// Bytes of replies that may wait for a slow reader.
      package var replies: Int
      /// Bytes of one checkpoint's header.
      package var header: Int

      package init(message: Int, depth: Int, batch: Int, replies: Int, header: Int) {
        self.message = message
        self.depth = depth
        self.batch = batch
        self.replies = replies
        self.header = header
      }
    }

    /// Who answers.
    package var server: Server
    /// What is loaded.
    package var library: Library
    /// What that occupies.
    package var memory: Memory
    /// What computes.
    package var blas: BLAS
    /// What was asked so far.
    package var requests: Requests
    /// What may be asked.
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
