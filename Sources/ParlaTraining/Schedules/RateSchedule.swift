public import ParlaDescriptions
import ParlaNeuralNetwork

/// A learning rate schedule: a factor for each moment of a training.
///
/// Everything about a kind is in the file that declares it. `RateSchedules` lists it.
protocol RateSchedule: Sendable {
  /// The name of the kind in options, such as `cosine`.
  static var kind: String { get }

  /// A schedule whose fields are read, and so declared, from `fields`.
  ///
  /// - Throws: `DescriptionProblem` for a field that is impossible.
  init(_ fields: inout FieldReader) throws(DescriptionProblem)

  /// The factor for the learning rate at `moment`.
  func factor(at moment: TrainingMoment) -> Float

  /// The factor for the learning rate from now on, after an epoch with that loss on the development set.
  func factor(after loss: Double, _ state: inout PatienceState) -> Float
}

extension RateSchedule {
  func factor(at moment: TrainingMoment) -> Float { 1 }
  func factor(after loss: Double, _ state: inout PatienceState) -> Float { 1 }
}

/// How far a training is when a step begins.
struct TrainingMoment: Sendable, Equatable {
  /// The epoch, counted from 0.
  var epoch = 0
  /// Steps that were made.
  var step = 0
  /// The share of the whole training that is done, by epochs or by time, whatever is more.
  var done = 0.0
}

/// The kinds of schedules that options may name; a new kind is one entry here and one file.
enum RateSchedules {
  /// All of them.
  static let all: [any RateSchedule.Type] = [
    WarmUp.self, Cosine.self, Annealing.self, OneCycle.self, Plateau.self,
  ]

  /// The schedule that `text` describes.
  ///
  /// - Throws: `TrainingError.badSetting`.
  static func schedule(_ text: String) throws(TrainingError) -> any RateSchedule {
    do throws(DescriptionProblem) {
      let specification = try Specification(text)
      guard let type = all.first(where: { $0.kind == specification.kind }) else {
        throw DescriptionProblem(
          found: "\"\(specification.kind)\"", expected: "a schedule", known: all.map { $0.kind })
      }
      var reader = FieldReader(specification.fields)
      let schedule = try type.init(&reader)
      try reader.requireAllRead()
      return schedule
    } catch { throw TrainingError(error, option: "--schedule") }
  }
}

extension TrainingConfiguration {
  /// All schedules that were asked for.
  ///
  /// - Throws: `TrainingError.badSetting`.
  func rateSchedules() throws(TrainingError) -> [any RateSchedule] {
    var all: [any RateSchedule] = []
    for text in optimization.schedules { all.append(try RateSchedules.schedule(text)) }
    if optimization.warmUpSteps > 0 { all.append(WarmUp(stepCount: optimization.warmUpSteps)) }
    if let plateau = optimization.plateau { all.append(ParlaTraining.Plateau(plateau)) }
    let listening = all.filter { type(of: $0).kind == ParlaTraining.Plateau.kind }
    guard listening.isEmpty || !corpus.devFiles.isEmpty else {
      throw .badSetting(
        name: "--dev-files", found: "none",
        expected: "a CSV, which early stopping and plateaus look at")
    }
    guard listening.count < 2 else {
      throw .badSetting(name: "--schedule", found: "two plateaus", expected: "one")
    }
    return all
  }
}

extension TrainingError {
  /// What is wrong with the fields of an optimiser of that kind, each of which is an option too.
  public init(_ problem: DescriptionProblem, optimizer kind: String) {
    guard let field = problem.field, field != "optimizer", problem.found == "`\(field)`" else {
      self.init(problem)
      return
    }
    let others = OptimizerRules.all.filter { type in
      var reader = FieldReader([:])
      return (try? type.init(&reader)) != nil && reader.resolved[field] != nil
    }.map { $0.kind }
    self = .badSetting(
      name: "--\(field.replacing("_", with: "-"))", found: "--optimizer \(kind)",
      expected: others.isEmpty ? problem.expected : others.joined(separator: " or "))
  }

  /// What is wrong with a description that an option gave.
  init(_ problem: DescriptionProblem, option: String? = nil) {
    let field = problem.field.map { $0.replacing("_", with: "-") }
    let known = problem.known.isEmpty ? "" : ": " + problem.known.joined(separator: ", ")
    let name = option.map { option in field.map { "\(option): \($0)" } ?? option }
    self = .badSetting(
      name: name ?? "--\(field ?? "optimizer")", found: problem.found.filter { $0 != "\"" },
      expected: problem.expected + known)
  }
}
