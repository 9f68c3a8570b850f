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
  /// `head` expects of a filter.
  static func line(_ text: String) {
    write(text + "\n", to: STDOUT_FILENO)
  }

  /// Writes a line to standard error.
  static func complain(_ text: String) {
    write("probexd: " + Sanitizer.oneLine(text) + "\n", to: STDERR_FILENO)
  }

  /// Writes text to standard error as it is.
  static func problem(_ text: String) {
    write(text + "\n", to: STDERR_FILENO)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0 {
        if errno == EINTR { continue }
        if descriptor == STDOUT_FILENO { exit(errno == EPIPE ? 0 : ExitStatus.internalError) }
        return
      }
      bytes = bytes.dropFirst(count)
    }
  }

  /// Whether standard output is a terminal.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

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
enum Sanitizer {
  /// The text with control characters as `\u{…}`, so that it stays on one line and moves no cursor.
  static func oneLine(_ text: String) -> String {
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
