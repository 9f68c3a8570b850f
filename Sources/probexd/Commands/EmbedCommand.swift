import ArgumentParser
import Library
import Server

/// `probexd embed`: the representation that an expert makes of a checkpoint.
struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Print the representation that an expert makes of a checkpoint, as JSON.",
    discussion: "`representation` is base64 of little-endian single-precision numbers.")

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "checkpoint"))
  var checkpoint: String

  @OptionGroup var arguments: LibraryArguments

  @Option(name: .long, help: "Ask this expert instead of the best fitting one.")
  var expert: String?

  func run() throws {
    let snapshot = try arguments.load()
    let embedding = try Output.orExit { () throws(LibraryError) in
      try snapshot.embed(checkpoint, expert: expert)
    }
    Output.line(try WireText.embedding(embedding))
  }
}
