import ParlaModelTestSupport
import Testing

@testable import ParlaAcousticModel

@Suite struct OverlappingWindowsTests {
  /// What is kept of the windows follows on one another, from the first frame to the last, and far from the ends of each.
  @Test(arguments: [1, 99, 100, 101, 160, 400, 1000, 1003], [true, false])
  func keptFramesCoverTheWhole(total: Int, isThere: Bool) throws {
    var windows = OverlappingWindows(length: 100, margin: 10, stride: 2)
    var (start, covered) = (0, 0)
    var isLast = false
    while !isLast {
      let there = isThere ? total - start : min(total - start, 130)
      let next = windows.next(available: there, isEnded: there == total - start)
      let window = try #require(next)
      #expect(window.count <= 100 && window.count <= there)
      #expect(start % 2 == 0)
      #expect(start / 2 + window.kept.lowerBound == covered)
      #expect(start == 0 || window.kept.lowerBound == 5)
      isLast = window.isLast
      covered =
        isLast
        ? (start + window.count) / 2 : start / 2 + min(window.kept.upperBound, window.count / 2)
      #expect(isLast || covered == start / 2 + window.count / 2 - 5)
      start += window.advance
    }
    #expect(start == total && covered == total / 2)
  }

  @Test func windowsWaitForTheirSound() {
    var windows = OverlappingWindows(length: 100, margin: 10, stride: 2)
    #expect(windows.next(available: 99, isEnded: false) == nil)
    #expect(windows.next(available: 100, isEnded: false)?.advance == 80)
  }
}
