import ArgumentParser
import Foundation
import ParlaKur
import ParlaNeuralNetwork

/// What the verbs that run a Kurfile's model share.
struct KurRunOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The Kurfile, in YAML or JSON.", valueName: "file"), completion: .file())
  var kurfile: String

  @Flag(help: "Wait for the return key before each batch.")
  var step = false

  @OptionGroup var version: KerasVersionOption

  @OptionGroup var engine: KurEngineOptions

  /// The Kurfile, the services of this program for its training, and the reporter of its progress.
  func prepared(
    _ kur: KurCommand, asKurDid: Bool = false
  ) throws -> (kurfile: Kurfile, services: KurServices, console: KurProgress) {
    let console = KurProgress(level: kur.verbose)
    console.tell(level: 1, "Parsing Kurfile...")
    let (kurfile, _) = try KurCommand.evaluated(kurfile)
    var services = try KurServices.parla(kurfile, engine: engine)
    services.asKurDid = asKurDid
    services.note = { console.tell("WARNING", $0) }
    services.console.say = { console.say($0) }
    services.console.tell = { level, text in console.tell(level: level, text) }
    services.console.progress = { console.show($0, done: $1, total: $2) }
    if step {
      let showsBatches = kur.verbose > 1
      services.console.waitForStep = { title, batch in
        console.say(title)
        if showsBatches { BatchListing.summary(of: batch).forEach(console.say) }
        console.ask("Press ENTER to continue...")
        guard readLine() != nil else { throw KurConsole.StepsEnded() }
      }
    }
    return (kurfile, services, console)
  }

  func conventions(_ kurfile: Kurfile) throws -> KurConventions {
    try KurConventions(kurfile, kerasVersion: version.kerasVersion)
  }

  /// Seconds since some moment.
  @Sendable static func seconds() -> Double {
    Double(DispatchTime.now().uptimeNanoseconds) / 1e9
  }
}

/// How the processor computes.
struct KurEngineOptions: ParsableArguments {
  @Option(help: "The precision of products: auto, float32 or bf16.")
  var precision = PrecisionChoice.float32

  @Option(help: "Number of threads. (default: one per processor)")
  var threads: Int?

  /// What operands may be rounded to.
  enum PrecisionChoice: String, CaseIterable, ExpressibleByArgument {
    case auto, float32, bf16

    /// What they are rounded to; nil for what is fastest here.
    var ofProducts: Precision? {
      switch self {
      case .auto: nil
      case .float32: .float32
      case .bf16: .bfloat16
      }
    }
  }
}
