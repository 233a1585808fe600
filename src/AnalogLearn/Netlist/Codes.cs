namespace AnalogLearn.Netlist;

/// <summary>The codes of the diagnostics of the netlist front end. A code never changes its meaning.</summary>
public static class Codes
{
    /// <summary>A character that fits nowhere.</summary>
    public const string UnexpectedText = "AL0100";

    /// <summary>A brace, bracket, parenthesis or quote that is never closed.</summary>
    public const string NeverClosed = "AL0101";

    /// <summary>Not a number, or a number with an unknown suffix.</summary>
    public const string BadNumber = "AL0102";

    /// <summary>An expression that cannot be read.</summary>
    public const string BadExpression = "AL0103";

    /// <summary>Too many levels of nesting.</summary>
    public const string TooDeep = "AL0104";

    /// <summary>A continuation line with nothing to continue.</summary>
    public const string StrayContinuation = "AL0105";

    /// <summary>Something that the line needs is not there.</summary>
    public const string Missing = "AL0106";

    /// <summary>A dot card that is not of this language.</summary>
    public const string UnknownCard = "AL0107";

    /// <summary>An element letter that is not of this language.</summary>
    public const string UnknownElement = "AL0108";

    /// <summary>A <c>.control</c> block.</summary>
    public const string ControlBlock = "AL0109";

    /// <summary>A block that is not closed, or a closing card without its block.</summary>
    public const string UnmatchedBlock = "AL0110";

    /// <summary>A control character in the text.</summary>
    public const string ControlCharacter = "AL0111";

    /// <summary>The title looks like a card that was meant to count.</summary>
    public const string TitleLooksLikeCard = "AL0112";

    /// <summary>A file that cannot be read.</summary>
    public const string MissingFile = "AL0201";

    /// <summary>A file that includes itself.</summary>
    public const string CyclicInclude = "AL0202";

    /// <summary>A library without the section asked for.</summary>
    public const string MissingSection = "AL0203";

    /// <summary>A file of numbers that cannot be used.</summary>
    public const string BadFile = "AL0204";

    /// <summary>A name that stands for nothing.</summary>
    public const string UnknownName = "AL0301";

    /// <summary>A parameter or function that is defined by itself.</summary>
    public const string CyclicDefinition = "AL0302";

    /// <summary>A division by zero, or a result that is not a number.</summary>
    public const string NotANumber = "AL0303";

    /// <summary>An unknown function.</summary>
    public const string UnknownFunction = "AL0304";

    /// <summary>A function with the wrong number of arguments.</summary>
    public const string WrongArgumentCount = "AL0305";

    /// <summary>A name that is defined twice.</summary>
    public const string DefinedTwice = "AL0306";

    /// <summary>An override from outside of a parameter that the deck does not have.</summary>
    public const string UnknownOverride = "AL0307";

    /// <summary>A number was expected and something else stands there.</summary>
    public const string NumberExpected = "AL0308";

    /// <summary>The power of a negative number.</summary>
    public const string NegativeBase = "AL0309";

    /// <summary>A model that no card declares.</summary>
    public const string UnknownModel = "AL0401";

    /// <summary>A model of a type that the element cannot use.</summary>
    public const string WrongModelType = "AL0402";

    /// <summary>A declared parameter that no equation uses.</summary>
    public const string UnknownParameter = "AL0403";

    /// <summary>Two elements of one name.</summary>
    public const string DuplicateElement = "AL0404";

    /// <summary>An element with too few nodes.</summary>
    public const string MissingNode = "AL0405";

    /// <summary>A value outside its range.</summary>
    public const string BadValue = "AL0406";

    /// <summary>Two models of one name.</summary>
    public const string DuplicateModel = "AL0407";

    /// <summary>More words on the line than the element or card takes.</summary>
    public const string SurplusText = "AL0408";

    /// <summary>A model type that is not of this language, or a level of it.</summary>
    public const string UnknownModelType = "AL0409";

    /// <summary>A reference to an element that is not there.</summary>
    public const string UnknownReference = "AL0410";

    /// <summary>The same parameter twice on one line.</summary>
    public const string RepeatedParameter = "AL0411";

    /// <summary>A parameter that is known, but that nothing uses as the others stand.</summary>
    public const string UnusedParameter = "AL0412";

    /// <summary>Parameters that cannot stand together.</summary>
    public const string ContradictoryParameters = "AL0413";

    /// <summary>Terminals of different widths.</summary>
    public const string WidthMismatch = "AL0501";

    /// <summary>An index outside its bus.</summary>
    public const string OutsideBus = "AL0502";

    /// <summary>A range that runs backwards or is too long.</summary>
    public const string BadRange = "AL0503";

    /// <summary>A bus that no element declares.</summary>
    public const string UnknownBus = "AL0504";

    /// <summary>A bus without neurons where neurons are needed.</summary>
    public const string NoNeurons = "AL0505";

    /// <summary>Arrays that cannot be tied.</summary>
    public const string BadTie = "AL0506";

    /// <summary>Two banks of neurons on one bus.</summary>
    public const string TwoBanks = "AL0507";

    /// <summary>Numbers in another shape than the element has.</summary>
    public const string ShapeMismatch = "AL0508";

    /// <summary>Only a whole bus can be used here.</summary>
    public const string WholeBusNeeded = "AL0509";

    /// <summary>A subcircuit that no card declares.</summary>
    public const string UnknownSubcircuit = "AL0601";

    /// <summary>Another number of nodes than the subcircuit has ports.</summary>
    public const string PortMismatch = "AL0602";

    /// <summary>A subcircuit that contains itself.</summary>
    public const string RecursiveSubcircuit = "AL0603";

    /// <summary>Two subcircuits of one name.</summary>
    public const string DuplicateSubcircuit = "AL0604";

    /// <summary>A port that nothing inside is connected to.</summary>
    public const string UnusedPort = "AL0605";

    /// <summary>The same port twice.</summary>
    public const string DuplicatePort = "AL0606";

    /// <summary>A card with a word that it does not take.</summary>
    public const string BadCard = "AL0701";

    /// <summary>A card that may stand only once.</summary>
    public const string RepeatedCard = "AL0702";

    /// <summary>An option that no engine reads.</summary>
    public const string UnknownOption = "AL0703";

    /// <summary>Work for the nodal engine.</summary>
    public const string NeedsNodalEngine = "AL0801";

    /// <summary>A non-ideality that no engine of this version has.</summary>
    public const string UnsupportedNonIdeality = "AL0802";

    /// <summary>A spread of something that does not vary, or that no equation uses.</summary>
    public const string BadSpread = "AL0811";

    /// <summary>An area law without what it needs.</summary>
    public const string BadAreaLaw = "AL0812";

    /// <summary>A draw that no device can have, such as a negative capacitance.</summary>
    public const string ImpossibleDevice = "AL0813";

    /// <summary>A file of draws that does not fit the deck.</summary>
    public const string BadChipFile = "AL0814";

    /// <summary>A study's store that cannot be used.</summary>
    public const string BadStudyStore = "AL0976";

    /// <summary>The store of another study.</summary>
    public const string OtherStudy = "AL0977";

    /// <summary>Importance sampling without a point of failure.</summary>
    public const string NoFailurePoint = "AL0821";

    /// <summary>Importance sampling with few failures.</summary>
    public const string FewFailures = "AL0822";

    /// <summary>A study that explains, and what it cannot.</summary>
    public const string NotExplained = "AL0823";

    /// <summary>A chip of a study that came out otherwise when it was run again.</summary>
    public const string OtherReplay = "AL0978";

    /// <summary>A cluster that would not take a study, or did not do it.</summary>
    public const string ClusterFailed = "AL0979";

    /// <summary>Nodes without a path to ground.</summary>
    public const string FloatingNode = "AL0851";

    /// <summary>A loop of voltage sources, or of inductors in direct-current analyses.</summary>
    public const string VoltageLoop = "AL0852";

    /// <summary>Errors beyond the limit are not shown.</summary>
    public const string TooManyErrors = "AL0999";
}
