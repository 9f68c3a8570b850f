package import JSON
package import Messages

/// The threads that a method runs on.
package enum Lane: Int, Sendable, CaseIterable {
  /// One request of a connection at a time, in order of arrival: short work only.
  case control
  /// Work a person waits for.
  case interactive
  /// Work of minutes, which must not keep the interactive lane busy.
  case bulk
  /// Work of hours: one request at a time, on a thread that lets all others go first. A session
  /// that ends does not wait for it, and only so many may stand in line.
  case training
}

/// One method of the daemon: its name, its place in line, and what answers it.
package struct MethodEntry: Sendable {
  package let method: String
  package let order: MethodOrder
  package let lane: Lane
  let run: @Sendable (JSONValue?, RequestContext) throws -> JSONValue

  /// A method whose parameters and result are types. Parameters come by name or by position, as
  /// `Message.parameters` says.
  package init<Message: RequestMessage>(
    _ message: Message.Type, lane: Lane,
    handler: @escaping @Sendable (Message.Params, RequestContext) throws -> Message.Result
  ) {
    let parameters = ParameterMapping(
      parameters: Message.parameters, unknown: Message.unknownParameters)
    self.init(method: Message.method, order: Message.order, lane: lane) { params, context in
      let params = try parameters.decode(Message.Params.self, from: params)
      return try JSONCoder.encode(try handler(params, context))
    }
  }

  /// A method that looks at its parameters itself; they are an array, an object, or absent.
  package init(
    method: String, order: MethodOrder, lane: Lane,
    handler: @escaping @Sendable (JSONValue?, RequestContext) throws -> JSONValue
  ) {
    precondition(
      (order == .concurrent) == (lane != .control),
      "\(method): sequential and exclusive methods run in the control lane, concurrent ones do not")
    self.method = method
    self.order = order
    self.lane = lane
    self.run = handler
  }
}

/// The methods of a daemon, by name.
package struct MethodTable: Sendable {
  private let byName: [String: MethodEntry]

  /// A table of methods whose names differ.
  package init(_ entries: [MethodEntry]) {
    byName = Dictionary(entries.map { ($0.method, $0) }) { first, _ in
      preconditionFailure("the method \(first.method) has two entries")
    }
  }

  /// The names of the methods, sorted.
  package var methods: [String] { byName.keys.sorted() }

  /// The method of that name.
  package subscript(method: String) -> MethodEntry? {
    // Swift finds a name by canonical equivalence, JSON by its characters.
    guard let entry = byName[method], entry.method.utf8.elementsEqual(method.utf8) else {
      return nil
    }
    return entry
  }

  /// Calls a method on this thread, without a connection: what a command does that runs in its own
  /// process. Throws what the client would have been answered; an error that no handler foresaw is
  /// told to `unforeseen` besides, because the answer does not say what it was.
  package func call(
    _ method: String, params: JSONValue?, context: RequestContext,
    unforeseen: (any Error) -> Void
  ) throws(ResponseError) -> JSONValue {
    guard let entry = self[method] else { throw .methodNotFound(method) }
    return try entry.call(params: params, context: context, unforeseen: unforeseen)
  }
}

extension MethodEntry {
  /// Runs the handler and turns whatever it throws into what the client may see.
  func call(
    params: JSONValue?, context: RequestContext, unforeseen: (any Error) -> Void
  ) throws(ResponseError) -> JSONValue {
    defer { context.progress.answerComes() }
    do {
      return try run(params, context)
    } catch let error as ResponseError {
      throw error
    } catch is RequestCancelled, is CancellationError {
      throw .requestCancelled("the request was cancelled while it ran")
    } catch {
      // What went wrong inside belongs into our log and not on the wire: it may name paths and
      // parts that the client has no business with.
      unforeseen(error)
      throw .internalError(
        "the request failed for a reason that its handler did not foresee; the log has it")
    }
  }
}
