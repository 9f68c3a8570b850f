import ArgumentParser
import Glibc
import Library

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case human
  case json
  case ndjson
  case tsv
}

/// When output is coloured.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
  case auto
  case always
  case never
}

/// Writing to the terminal or a pipe.
enum Output {
  /// Writes a line to standard output, whole. A reader that has gone ends the process quietly, as
  /// `head` expects of a filter; anything else that stands in the way is said.
  static func line(_ text: String) {
    let code = SystemCalls.write(Array((text + "\n").utf8), to: STDOUT_FILENO)
    if code == EPIPE { exit(0) }
    if code != 0 {
      complain("error: standard output cannot be written: \(SystemCalls.message(code)).")
      exit(ExitStatus.inputOutput)
    }
  }

  /// Writes a line to standard error. Nobody is left to be told when that fails.
  static func complain(_ text: String) {
    problem("probexd: " + Sanitizer.oneLine(text))
  }

  /// Writes text to standard error as it is.
  static func problem(_ text: String) {
    _ = SystemCalls.write(Array((text + "\n").utf8), to: STDERR_FILENO)
  }

  /// Writes part of a line to standard error, for progress that is written over.
  static func partial(_ text: String) {
    _ = SystemCalls.write(Array(text.utf8), to: STDERR_FILENO)
  }

  /// Asks the library; its error is said and ends the command with the exit code for it.
  static func orExit<Value>(
    _ question: () throws(LibraryError) -> Value
  ) throws(ExitCode) -> Value {
    do throws(LibraryError) {
      return try question()
    } catch {
      complain("error: \(error)")
      throw ExitCode(ExitStatus.code(for: error))
    }
  }

  /// Whether standard output is a terminal.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whether standard error is a terminal.
  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether output is coloured, by the option, `NO_COLOR` and the terminal.
  static func colors(_ choice: ColorChoice) -> Bool {
    switch choice {
    case .always: true
    case .never: false
    case .auto: isTerminal && Environment.value("NO_COLOR") == nil
    }
  }
}

/// Keeps names that came from files or peers from steering the terminal.
package enum Sanitizer {
  /// The text with control characters as `\u{…}`, so that it stays on one line and moves no cursor.
  package static func oneLine(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
      if isControl(scalar) {
        result += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
