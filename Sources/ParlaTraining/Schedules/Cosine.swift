import Foundation
import ParlaDescriptions

/// `cosine[floor=0.01]`: the rate falls along half a cosine to a share of itself at the end.
///
/// Loshchilov and Hutter 2017, eq. 5.
struct Cosine: RateSchedule {
  static let kind = "cosine"

  private let floor: Float

  init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    floor = try fields.number("floor", "the share at the end", from: 0, below: 1, default: 0)
  }

  func factor(at moment: TrainingMoment) -> Float {
    let share = Float(0.5 + 0.5 * cos(.pi * min(max(moment.done, 0), 1)))
    return floor + (1 - floor) * share
  }
}
