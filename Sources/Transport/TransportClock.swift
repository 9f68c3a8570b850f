/// A clock that never runs backwards. It is passed in, so that a test decides what time it is.
package struct TransportClock: Sendable {
  /// The time since some fixed moment.
  package let now: @Sendable () -> Duration

  package init(now: @escaping @Sendable () -> Duration) { self.now = now }

  /// The time of a clock of the standard library.
  package init(_ clock: ContinuousClock) {
    let start = clock.now
    self.init { start.duration(to: clock.now) }
  }
}
