// Transport carries messages between a client and handlers: framing, ordering, cancellation,
// progress, back-pressure, lifecycle. It knows JSON-RPC 2.0 and the base protocol of LSP, and
// nothing about checkpoints, experts or texts. It opens no file and no socket: it is given
// descriptors, a table of methods, pools of threads, and a clock.
//
// There is no Swift concurrency in here, on purpose: the order of messages, whole frames and
// back-pressure must be guaranteed, and handlers are synchronous numeric code. Threads, locks and
// queues say so plainly.
//
// The journey of a request, which is also the order in which to read the files:
//   System.swift         bytes from and to the kernel, and threads; the only unsafe code
//   FrameDecoder.swift   bytes → frames; HeaderFraming.swift, LineFraming.swift are its two halves
//   Connection.swift     the reader's loop; ConnectionEnding.swift is how it ends
//   Intake.swift         frame → JSON → message; what may not wait in line is done here
//   Dispatcher.swift     who may start now: order, cancellation, limits
//   Lifecycle.swift      what may be said when: the session
//   WorkPools.swift      the threads on which handlers run
//   MethodTable.swift    method name → typed parameters → handler → result or error
//   RequestContext.swift what a handler may ask and say while it runs
//   Outlet.swift         answers and notifications
//   OutboundQueue.swift  where they wait until one thread writes them, a whole frame at a time
//
// A method is a type in Messages and a handler in Server:
//
//   package enum Classify: RequestMessage {                            // Messages
//     package struct Params: Codable, Sendable { var checkpoint: String; var top: Int? }
//     package struct Result: Codable, Sendable { … }
//     package static let method = "probex/classify"
//     package static let order = MethodOrder.concurrent
//     package static let parameters: [ParameterName] = [.required("checkpoint"), .optional("top")]
//   }
//
//   let methods = MethodTable([                                        // Server
//     MethodEntry(Classify.self, lane: .interactive) { params, context in
//       guard (params.top ?? 1) > 0 else {
//         throw ResponseError.invalidParams(parameter: "top", problem: "must be at least 1")
//       }
//       try context.checkCancellation()
//       return try classify(params.checkpoint, top: params.top)
//     },
//   ])
//   let pools = WorkPools(interactive: 2, bulk: 1)
//   let connection = Connection(
//     input: 0, output: savedStandardOutput, methods: methods, pools: pools,
//     configuration: configuration, counters: counters, clock: clock, logger: logger)
//   let outcome = connection.run()      // this thread is now the reader
//   exit(outcome.isClean ? 0 : 1)
