import ArgumentParser
import Server

/// `probexd call`: any method of the protocol, once, in this process.
struct CallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "call",
    abstract: "Call a method of the protocol once and print its result.",
    discussion: """
      The result is printed as JSON. An error is printed as JSON on standard error, and the exit \
      code is 1. `probexd call rpc.discover` lists the methods.
      """)

  @Argument(help: ArgumentHelp("The method, such as probex/status.", valueName: "method"))
  var method: String

  @Argument(
    help: ArgumentHelp("Its parameters: a JSON object or list.", valueName: "params"))
  var params: String?

  @OptionGroup var arguments: LibraryArguments

  func run() throws {
    let outcome = OneCall.run(
      method: method, params: params, library: arguments.path, options: arguments.options)
    switch outcome {
    case .success(let result): Output.line(result)
    case .failure(let error):
      Output.problem(error.text)
      throw ExitCode(error.isUsage ? ExitStatus.usage : ExitStatus.someFailed)
    }
  }
}
