import Testing

@testable import ParlaTraining

@Suite struct TrainingRunTests {
  @Test func whatStepsWaitForCountsAsTime() {
    var speed = Speed()
    speed.add(sound: 30, seconds: 2)
    #expect(speed.waitingShare == 0)
    speed.waited += 1
    #expect(speed.audioSecondsPerSecond == 10)
    #expect(speed.waitingShare == 1.0 / 3)
  }
}
