import Foundation
import ParlaDescriptions

/// `annealing[factor=0.9]`: each epoch is slower than the one before by a factor.
///
/// Amodei et al. 2016, section 3.2.
struct Annealing: RateSchedule {
  static let kind = "annealing"

  private let factor: Float
  private let firstEpoch: Int

  init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    factor = try fields.number("factor", "from epoch to epoch", above: 0, below: 1, default: 0.9)
    firstEpoch = try fields.integer(
      "from", "the first epoch that is slower", in: 2...1 << 40, default: 2)
  }

  func factor(at moment: TrainingMoment) -> Float {
    Float(pow(Double(factor), Double(max(0, moment.epoch + 2 - firstEpoch))))
  }
}
