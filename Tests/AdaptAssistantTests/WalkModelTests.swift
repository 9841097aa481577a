import AdaptAssistant
import AdaptGuidance
import AdaptModels
import AdaptSystem
import AdaptTestSupport
import Testing

/// The walk's `model`: which model writes the answers.
struct WalkModelTests {
  private func walk(_ language: Language = .en) throws -> Walk {
    var walk = try WalkFixture.walk(language, hasDocuments: true)
    _ = walk.start()
    return walk
  }

  @Test(arguments: ["model models/tiny", "/model models/tiny", "模型 models/tiny"])
  func aFolderIsOpened(line: String) throws {
    var walk = try walk()
    let turn = walk.reply(to: line)
    #expect(turn.fault == nil)
    #expect(turn.action == .model(ModelChoice(folder: "models/tiny")))
  }

  /// A folder without a slash and options behind it was taken for a question to the documents.
  @Test func aBareNameWithOptionsIsAFolder() throws {
    var walk = try walk()
    let choice = ModelChoice(folder: "tiny", chatTemplate: "chatml")
    #expect(walk.reply(to: "model tiny --chat-template chatml").action == .model(choice))
  }

  @Test func adaptersAndOptionsFollow() throws {
    var walk = try walk()
    let turn = walk.reply(
      to: "model 'my models/tiny' --quantize nf4 runs/1 --chat-template chatml runs/2")
    let choice = ModelChoice(
      folder: "my models/tiny", adapters: ["runs/1", "runs/2"], quantisation: .nf4,
      chatTemplate: "chatml")
    #expect(turn.action == .model(choice))
  }

  @Test(arguments: ["off", "none", "OFF", "关闭"])
  func offGoesBackToTheDocuments(word: String) throws {
    var walk = try walk()
    #expect(walk.reply(to: "model " + word).action == .model(nil))
  }

  @Test(arguments: [
    ("model models/tiny --quantise nf4", "`--quantize`"), ("model m/t --quantize int9", "`int8`"),
    ("model m/t --quantize", "int8, nf4"), ("model m/t --chat-template", "--chat-template"),
  ])
  func anOptionThatIsNoneIsAFault(line: String, hint: String) throws {
    var walk = try walk()
    let fault = try #require(walk.reply(to: line).fault)
    #expect(fault.hint?.contains(hint) == true, "\(fault.text)")
  }

  @Test func aSentenceAboutModelsIsASentence() throws {
    var walk = try walk()
    let line = "model training takes how long?"
    #expect(walk.reply(to: line).action == .ask(line))
  }

  @Test(arguments: [Language.en, .zh])
  func whoWritesIsSaid(language: Language) throws {
    var walk = try walk(language)
    let documents = walk.reply(to: "model").text
    let set = walk.answering(with: "tiny + adapter")
    #expect(BlockRenderer(width: 80, painter: .plain).render(set).contains("`tiny + adapter`"))
    #expect(walk.reply(to: "model").text.contains("`tiny + adapter`"))
    _ = walk.answering(with: nil)
    #expect(walk.reply(to: "model").text == documents)
    #expect(!documents.contains("«"))
  }
}
