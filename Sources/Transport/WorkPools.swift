import DequeModule
import Dispatch
import Synchronization

/// The threads on which handlers run, shared by all connections of a process.
///
/// Each lane has its own threads, so that work of minutes cannot keep a person waiting. A
/// connection hands over no more jobs than a lane has threads and keeps the rest itself: then what
/// one client asks for cannot stand in line before what another does. The threads end when the
/// pools go.
package final class WorkPools: Sendable {
  private let control: WorkQueue
  private let interactive: WorkQueue
  private let bulk: WorkQueue
  private let training: WorkQueue

  /// Pools with so many threads in each lane; numeric work gains nothing from more than there are
  /// cores. All connections share the control lane's one thread, whose work is short, and the
  /// training lane's, because two trainings at once would each take twice as long.
  ///
  /// - Parameter trainingThreadStarts: called once, first on the training lane's thread; the place
  ///   to lower its priority.
  package init(
    interactive: Int, bulk: Int, trainingThreadStarts: @escaping @Sendable () -> Void = {}
  ) {
    control = WorkQueue(threads: 1)
    self.interactive = WorkQueue(threads: interactive)
    self.bulk = WorkQueue(threads: bulk)
    training = WorkQueue(threads: 1, threadStarts: trainingThreadStarts)
  }

  deinit {
    for lane in Lane.allCases { queue(of: lane).stop() }
  }

  /// How many jobs of a lane can run at once.
  func width(of lane: Lane) -> Int { queue(of: lane).threads }

  /// Runs a job on a thread of the lane, after those that were submitted before.
  func submit(_ lane: Lane, _ job: @escaping @Sendable () -> Void) { queue(of: lane).submit(job) }

  private func queue(of lane: Lane) -> WorkQueue {
    switch lane {
    case .control: control
    case .interactive: interactive
    case .bulk: bulk
    case .training: training
    }
  }
}

/// Jobs, and the threads that take them in their order.
private final class WorkQueue: Sendable {
  let threads: Int
  private let jobs = Mutex<Deque<@Sendable () -> Void>>([])
  /// Counts the jobs that wait; one more for each thread once it may end.
  private let waiting = DispatchSemaphore(value: 0)

  init(threads: Int, threadStarts: @escaping @Sendable () -> Void = {}) {
    precondition(threads > 0, "a lane without threads answers nothing")
    self.threads = threads
    for _ in 0..<threads {
      // Pools are made once, at start; without them there is no daemon.
      let error = startThread {
        threadStarts()
        self.work()
      }
      precondition(error == 0, "no thread could be started: \(systemMessage(error))")
    }
  }

  func submit(_ job: @escaping @Sendable () -> Void) {
    jobs.withLock { $0.append(job) }
    waiting.signal()
  }

  func stop() {
    for _ in 0..<threads { waiting.signal() }
  }

  private func work() {
    while true {
      waiting.wait()
      // Nothing in the queue although there was a signal: the signal was to stop.
      guard let job = jobs.withLock({ $0.popFirst() }) else { return }
      job()
    }
  }
}
