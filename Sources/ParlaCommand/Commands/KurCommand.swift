import ArgumentParser
import Foundation
import ParlaKur

/// `parla kur`.
struct KurCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kur", abstract: "Work with the Kurfiles of Deepgram's Kur.",
    subcommands: [KurDumpCommand.self])
}

/// `parla kur dump`.
struct KurDumpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dump", abstract: "Print a Kurfile as JSON, with its templates evaluated.",
    discussion: """
      EXAMPLES
        parla kur dump speech.yml
        parla kur dump --pre-parse speech.yml

      Included files are part of what is printed. Model and templates stay as they are written, since what they mean \
      depends on where they are used; but they are checked.
      """)

  @Argument(help: ArgumentHelp("The Kurfile, in YAML or JSON.", valueName: "file"))
  var kurfile: String

  @Flag(name: [.customShort("p"), .long], help: "Print it as it is read, before it is evaluated.")
  var preParse = false

  func run() throws {
    var read = try Kurfile(path: kurfile)
    defer { for note in read.notes { Terminal.note(note) } }
    if !preParse { try read.evaluate(KurEngine(path: read.path, gpuCount: Self.gpuCount)) }
    print(try PythonJSON(indentation: 4).text(of: .dictionary(read.data)))
  }

  /// How many devices NVIDIA's driver has made.
  @Sendable private static func gpuCount() -> Int {
    (0..<64).prefix { FileManager.default.fileExists(atPath: "/dev/nvidia\($0)") }.count
  }
}
