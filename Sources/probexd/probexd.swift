// probexd: the executable. Options, logging, exit codes and what people see; one file for each
// subcommand. What the product can do stands in `Library`, how it is served in `Server`.
//
// Only this target reads the environment. Start reading at `Probexd` below, then `ServeCommand`.

import ArgumentParser
import Server

/// The command line's root.
@main
struct Probexd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probexd",
    abstract: "A language server for model weights: what was this checkpoint trained on?",
    discussion: """
      Keeps trained ProbeX experts and text tables in memory and answers over JSON-RPC (`serve`), \
      or answers once from the shell (all other commands).
      """,
    version: ProductInfo.version,
    subcommands: [
      ServeCommand.self, ClassifyCommand.self, EmbedCommand.self, InspectCommand.self,
      CallCommand.self, TrainCommand.self, EvaluateCommand.self, CompareCommand.self,
      ImportCommand.self,
      ExportCommand.self,
    ])
}
