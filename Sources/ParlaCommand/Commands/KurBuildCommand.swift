import ArgumentParser
import ParlaKur

/// `parla kur build`.
struct KurBuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Build a Kurfile's model, to see whether it can be.",
    discussion: """
      EXAMPLES
        parla kur -v build speech.yml
        parla kur build --compile none no_data.yml

      Prints nothing on success; -v reports progress, -vv lists the layers with their shapes and numbers of \
      parameters.
      """)

  @Argument(
    help: ArgumentHelp("The Kurfile, in YAML or JSON.", valueName: "file"), completion: .file())
  var kurfile: String

  @Option(
    name: [.short, .customLong("compile")],
    help:
      "For which section: none, auto (the first of train, test and evaluate, one with data before others), or its name."
  )
  var compile: KurBuild.Variant = .auto

  @Flag(name: .shortAndLong, help: "Without data; then every input needs a shape.")
  var bare = false

  @OptionGroup var version: KerasVersionOption
  @ParentCommand var command: KurCommand

  func run() throws {
    let console = KurProgress(level: command.verbose)
    console.tell(level: 1, "Parsing Kurfile...")
    let (kurfile, _) = try KurCommand.evaluated(kurfile)
    var services = try KurServices.parla(kurfile)
    services.note = { console.tell("WARNING", $0) }
    services.console.tell = { level, text in console.tell(level: level, text) }
    let build = try KurBuild(
      kurfile, compile, isBare: bare, kerasVersion: version.kerasVersion, services)
    for line in build.steps { console.tell(level: 1, line) }
    for line in build.listing { console.tell(level: 2, line) }
  }
}

extension KurBuild.Variant: ExpressibleByArgument {}
