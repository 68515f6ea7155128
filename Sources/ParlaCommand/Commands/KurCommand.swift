import ArgumentParser
import Foundation
import ParlaKur

/// `parla kur`.
struct KurCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kur", abstract: "Work with the Kurfiles of Deepgram's Kur, as its program does.",
    discussion: """
      EXAMPLES
        parla kur -v train speech.yml
        parla kur data -n 1 speech.yml

      With alias kur='parla kur', Kur's commands work as they are. Paths in Kurfiles are relative to the \
      working directory.
      """,
    subcommands: [
      KurTrainCommand.self, KurTestCommand.self, KurEvaluateCommand.self, KurBuildCommand.self,
      KurDataCommand.self, KurDumpCommand.self, KurPredictCommand.self, KurTranscribeCommand.self,
    ])

  @Flag(name: .shortAndLong, help: "Print more; -vv and -vvv still more.")
  var verbose: Int

  @Flag(help: "Print without colours; there are none here.")
  var noColor = false

  @Flag(help: "Work in a separate process, and restart it after a crash.")
  var monitor = false

  @Option(
    help: ArgumentHelp(
      "A folder of programs that receive the training's events, or none.", valueName: "folder"),
    completion: .directory)
  var plugin: String?

  @Flag(name: [.customShort("V"), .long], help: "Print the version of Kur that this replaces.")
  var version = false

  func run() throws {
    if version {
      print("Kur's Kurfiles, by Parla. Version: 0.7.0")
      return
    }
    Terminal.note("Nothing to do! Choose a command for the Kurfile: parla kur --help")
    throw ExitCode(1)
  }
}

/// `parla kur dump`.
struct KurDumpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dump", abstract: "Print a Kurfile as JSON, with its templates evaluated.",
    discussion: """
      EXAMPLES
        parla kur dump speech.yml
        parla kur dump --pre-parse speech.yml

      Included files are part of the output. The model and its templates are not evaluated, since their values \
      depend on where they are used; but they are checked.
      """)

  @Argument(
    help: ArgumentHelp("The Kurfile, in YAML or JSON.", valueName: "file"), completion: .file())
  var kurfile: String

  @Flag(name: [.customShort("p"), .long], help: "Print it as read, before evaluation.")
  var preParse = false

  func run() throws {
    var read = try Kurfile(path: kurfile)
    defer { for note in read.notes { Terminal.note(note) } }
    if !preParse { try read.evaluate(KurEngine(path: read.path, gpuCount: KurCommand.gpuCount)) }
    print(try PythonJSON(indentation: 4).text(of: .dictionary(read.data)))
  }
}

extension KurCommand {
  /// How many devices NVIDIA's driver has made.
  @Sendable static func gpuCount() -> Int {
    (0..<64).prefix { FileManager.default.fileExists(atPath: "/dev/nvidia\($0)") }.count
  }

  /// The programs that receive events; nil without --plugin.
  func plugins(_ services: KurServices) throws -> KurPlugins? {
    guard let plugin, plugin != "none" else { return nil }
    return try KurPlugins(folder: plugin, note: services.note)
  }

  /// The Kurfile at `path`, evaluated; notes for its author are reported.
  static func evaluated(_ path: String) throws -> (kurfile: Kurfile, engine: KurEngine) {
    var kurfile = try Kurfile(path: path)
    let engine = KurEngine(path: kurfile.path, gpuCount: gpuCount)
    defer { for note in kurfile.notes { Terminal.note(note) } }
    try kurfile.evaluate(engine)
    return (kurfile, engine)
  }
}

extension KurCommand {
  /// What is to be done by `arguments`, without the options before it; empty where nothing is.
  private static func verb(_ arguments: [String]) -> [String] {
    var rest = arguments.dropFirst()
    while let option = rest.first, option.hasPrefix("-") {
      rest = rest.dropFirst(option == "--plugin" ? 2 : 1)
    }
    return Array(rest.prefix(1))
  }

  /// Runs the command that `arguments` spell, and ends with Kur's exit statuses: 2 for what is no command or option, 1 for what
  /// fails.
  static func main(as arguments: [String]) -> Never {
    do {
      try CommandNames.check(verb(arguments), of: KurCommand.self)
      var command = try Parla.parseAsRoot(arguments)
      if let place = arguments.firstIndex(of: "--monitor") {
        var others = arguments
        others.remove(at: place)
        Foundation.exit(CrashWatch.run(others, note: Terminal.note))
      }
      try command.run()
    } catch {
      guard Parla.exitCode(for: error) == .validationFailure else { Parla.exit(withError: error) }
      Terminal.note(Parla.fullMessage(for: error))
      Foundation.exit(2)
    }
    Parla.exit()
  }
}
