import ArgumentParser
import ParlaKur

/// `parla kur data`.
struct KurDataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Print a batch of a Kurfile's data.",
    discussion: """
      EXAMPLES
        parla kur data -n 1 speech.yml
        parla kur data -t validate --number -2 speech.yml
      """)

  @Argument(
    help: ArgumentHelp("The Kurfile, in YAML or JSON.", valueName: "file"), completion: .file())
  var kurfile: String

  @Option(name: .shortAndLong, help: "The section whose data to show: \(KurSection.names).")
  var target: KurSection = .auto

  @Flag(help: "Print as Kur does once the model is built; the sources are the same.")
  var assemble = false

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "How many entries of the batch; the last ones, if negative.")
  var number: Int?

  func run() throws {
    let (kurfile, _) = try KurCommand.evaluated(kurfile)
    let services = try KurServices.parla(kurfile)
    let section = try target.chosen(in: kurfile)
    let provider = try kurfile.provider(of: section, services)
    guard let indices = try provider.nextEpoch().first else {
      throw KurError.section(
        path: kurfile.path, place: section, found: "no whole batch", expected: "enough entries")
    }
    print(
      BatchListing.text(
        of: try provider.batch(indices), first: number), terminator: "")
  }
}

/// A section of a Kurfile that has data.
enum KurSection: String, CaseIterable, ExpressibleByArgument {
  case train, validate, test, evaluate, auto

  /// All of them, for people.
  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

  /// The section's name; the first one that has data for `auto`.
  func chosen(in kurfile: Kurfile) throws -> String {
    guard self == .auto else { return rawValue }
    let all = Self.allCases.filter { $0 != .auto }.map(\.rawValue)
    guard let found = all.first(where: { kurfile.section($0)?.dictionary?["data"] != nil }) else {
      throw KurError.section(
        path: kurfile.path, place: "data", found: "none", expected: "data in one of \(Self.names)")
    }
    return found
  }
}
