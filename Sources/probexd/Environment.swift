import ArgumentParser
import Library

/// The only reader of the process's surroundings: everything below gets them as arguments.
enum Environment {
  /// The value of a variable; an empty one counts as absent, as the XDG specification wants it.
  static func value(_ name: String) -> String? {
    guard let value = SystemCalls.variable(name), !value.isEmpty else { return nil }
    return value
  }

  /// The working directory, or `.` where it was deleted.
  static var directory: String { SystemCalls.workingDirectory ?? "." }

  /// Where a user's library is when no option says otherwise.
  static var standardLibrary: String {
    // The XDG specification has relative values ignored.
    let data = value("XDG_DATA_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (data ?? (value("HOME") ?? "") + "/.local/share") + "/probexd"
  }

  /// The variables that decide where the Hub cache is.
  static var hubVariables: [String: String] {
    var result: [String: String] = [:]
    for name in ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "HOME"] {
      result[name] = value(name)
    }
    return result
  }
}

extension Environment {
  /// How files and checkpoints are found by commands that need no library.
  static var libraryOptions: LibraryOptions {
    LibraryOptions(
      directory: directory, hubCache: LibraryOptions.hubCache(environment: hubVariables))
  }
}

/// Options that every command has which asks the library.
struct LibraryArguments: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The library folder; it holds experts/*.safetensors and texts/*.safetensors.",
      discussion: "Default: $XDG_DATA_HOME/probexd, or ~/.local/share/probexd.",
      valueName: "dir"))
  var library: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The longest safetensors header that is read, at most 100000000.", valueName: "bytes"))
  var headerLimit: Int = 16 << 20

  func validate() throws {
    guard (8...100_000_000).contains(headerLimit) else {
      throw ValidationError("--header-limit \(headerLimit) does not lie between 8 and 100000000.")
    }
  }

  /// The library folder as an absolute or relative path.
  var path: String { library ?? Environment.standardLibrary }

  /// How checkpoints are found and read.
  var options: LibraryOptions {
    LibraryOptions(
      directory: Environment.directory,
      hubCache: LibraryOptions.hubCache(environment: Environment.hubVariables),
      headerLimit: headerLimit)
  }

  /// Loads the library, tells problems on standard error, and ends the process where it has no
  /// expert at all: no question could be answered.
  func load() throws -> LibrarySnapshot {
    NumericFacts.prepare()
    let snapshot = LibraryLoader.load(path, options: options)
    for problem in snapshot.problems {
      Output.complain("warning: \(problem.error)")
    }
    guard snapshot.expertCount > 0 else {
      Output.complain("error: the library at \(path) has no experts. Give another with --library.")
      throw ExitCode(ExitStatus.noInput)
    }
    return snapshot
  }
}
