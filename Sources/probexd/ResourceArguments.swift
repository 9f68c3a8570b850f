import ArgumentParser
import Library

/// What training may take of the machine, and what it leaves when it is interrupted.
struct ResourceArguments: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Memory that layers may take, such as 4G or 800M; the others are read for each batch.",
      discussion: "Default: half of the machine's.", valueName: "size"))
  var memory: ByteSize?

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Save the run beside the output, and go on from there if it was interrupted (networks)."))
  var checkpoint = true

  @Option(
    name: .long,
    help: ArgumentHelp("Save the run at most so often, in seconds (networks).", valueName: "n"))
  var checkpointEvery: Double = 30

  mutating func validate() throws {
    guard checkpointEvery >= 0, checkpointEvery.isFinite else {
      throw ValidationError("--checkpoint-every is a number of seconds.")
    }
  }

  /// The same for the library; `resumed` is told when a run goes on.
  func resources(
    resumed: @escaping @Sendable (_ path: String, _ epochs: Int) -> Void
  ) -> TrainingResources {
    TrainingResources(
      memory: memory?.bytes ?? SystemCalls.physicalMemory.map { $0 / 2 },
      saving: checkpoint
        ? TrainingResources.Saving(
          every: checkpointEvery, now: SystemCalls.seconds, resumed: resumed)
        : nil)
  }
}

/// A number of bytes: digits, and K, M, G or T for powers of 1024.
struct ByteSize: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    let units: [Character] = ["K", "M", "G", "T"]
    let unit = argument.last.flatMap { units.firstIndex(of: Character($0.uppercased())) }
    guard let number = Int(unit == nil ? argument : String(argument.dropLast())), number >= 0
    else { return nil }
    let (bytes, overflows) = number.multipliedReportingOverflow(
      by: 1 << (10 * (unit.map { $0 + 1 } ?? 0)))
    guard !overflows else { return nil }
    self.bytes = bytes
  }
}
