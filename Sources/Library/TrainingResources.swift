/// What training may take of the machine, and what it leaves for a run that is interrupted. Nothing
/// of it changes the expert.
package struct TrainingResources: Sendable {
  /// When a run is saved, and who is told.
  package struct Saving: Sendable {
    /// At most so often; a run is saved after an epoch.
    package var seconds: Double
    /// Seconds since any moment, for nothing below the executable reads a clock.
    package var now: @Sendable () -> Double
    /// Called when a run goes on from a checkpoint: its file, and the epochs that are done.
    package var resumed: @Sendable (_ path: String, _ epochs: Int) -> Void

    package init(
      every seconds: Double, now: @escaping @Sendable () -> Double,
      resumed: @escaping @Sendable (_ path: String, _ epochs: Int) -> Void = { _, _ in }
    ) {
      self.seconds = seconds
      self.now = now
      self.resumed = resumed
    }
  }

  /// Bytes that layers in memory may take; the others are read from their files for each batch.
  /// `nil` keeps all in memory.
  package var memory: Int?
  /// `nil` saves nothing and looks for nothing.
  package var saving: Saving?

  package init(memory: Int? = nil, saving: Saving? = nil) {
    self.memory = memory
    self.saving = saving
  }
}
