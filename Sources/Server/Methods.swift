import JSON
import Library
package import Messages
package import Transport

/// Everything that handlers share. Handlers keep nothing themselves.
package struct Services: Sendable {
  /// The experts and tables, or the wait for them.
  package let library: LibraryHolder
  /// What `probex/status` tells about requests.
  package let counters: RequestCounters
  /// What `probex/status` tells about limits.
  package let limits: StatusMessage.Result.Limits
  /// Called with the client's process id when a client says it.
  package let watchProcess: @Sendable (Int) -> Void

  /// What handlers share; without `watchProcess` no process is watched.
  package init(
    library: LibraryHolder, counters: RequestCounters, limits: StatusMessage.Result.Limits,
    watchProcess: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    self.library = library
    self.counters = counters
    self.limits = limits
    self.watchProcess = watchProcess
  }
}

/// The table of methods: name → handler. `Protocol/openrpc.json` describes the same methods, and a
/// test fails when the two differ.
package enum Methods {
  /// The table over the given services.
  package static func table(_ services: Services) -> MethodTable {
    let library = services.library
    return MethodTable([
      MethodEntry(Initialize.self, lane: .control) { params, context in
        initialize(params, services, context)
      },
      MethodEntry(DiscoverMessage.self, lane: .control) { _, _ in
        try OpenRPCDocument.value()
      },
      MethodEntry(StatusMessage.self, lane: .control) { _, context in
        status(try library.snapshot(for: context), services)
      },
      MethodEntry(ExpertsMessage.self, lane: .control) { _, context in
        ExpertsMessage.Result(
          experts: try library.snapshot(for: context).describeExperts().map(ExpertEntry.init))
      },
      MethodEntry(TextsMessage.self, lane: .control) { _, context in
        TextsMessage.Result(
          tables: try library.snapshot(for: context).describeTables()
            .map(TextsMessage.Result.Table.init))
      },
      MethodEntry(InspectMessage.self, lane: .interactive) { params, _ in
        try inspect(params, options: library.options)
      },
      MethodEntry(ClassifyMessage.self, lane: .interactive) { params, context in
        try classify(params, try library.snapshot(for: context), context)
      },
      MethodEntry(EmbedMessage.self, lane: .interactive) { params, context in
        try embed(params, try library.snapshot(for: context), context)
      },
      MethodEntry(ClassifyBatchMessage.self, lane: .bulk) { params, context in
        try classifyBatch(params, try library.snapshot(for: context), context)
      },
      MethodEntry(TrainMessage.self, lane: .training) { params, context in
        try train(params, library, context)
      },
    ])
  }
}
