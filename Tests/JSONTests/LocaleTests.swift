import Foundation
import JSON
import Testing

@Suite struct LocaleTests {
  static let canMakeLocales =
    FileManager.default.fileExists(atPath: "/usr/share/i18n/locales/de_DE")
    && FileManager.default.fileExists(atPath: "/usr/bin/localedef")

  /// libjansson reads and prints numbers by C functions, which in a German process want `0,5`.
  /// In a process of its own, since the locale is the process's.
  @Test(.enabled(if: canMakeLocales, "install the Debian package locales to test in German"))
  func numbersAreTheSameInGerman() async {
    await #expect(processExitsWith: .success) {
      let folder = FileManager.default.temporaryDirectory
        .appending(path: "probexd-locale-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/localedef")
      process.arguments = ["-i", "de_DE", "-f", "UTF-8", folder.path + "/de_DE.UTF-8"]
      try process.run()
      process.waitUntilExit()
      precondition(process.terminationStatus == 0)
      precondition(unsafe setenv("LOCPATH", folder.path, 1) == 0)
      precondition(unsafe setlocale(LC_ALL, "de_DE.UTF-8") != nil)
      precondition(unsafe strtod("0,5", nil) == 0.5)
      let text = #"[0.5,-1.25e-7,1e22,1234567.0,[0.30000000000000004,0.3333333333333333]]"#
      let printed = try JSONValue.parse(text).serialized()
      precondition(printed.contains(UInt8(ascii: ".")))
      let again = try JSONValue.parse(printed).serialized()
      precondition(again == printed)
      precondition((try? JSONValue.parse("[0,5.]")) == nil)
      let half = try JSONCoder.encode([Float(0.1), 0.9734]).serialized()
      precondition(String(decoding: half, as: UTF8.self) == "[0.1,0.9734]")
      let number = try JSONValue.parse("0.5").double
      precondition(number == 0.5)
    }
  }
}
