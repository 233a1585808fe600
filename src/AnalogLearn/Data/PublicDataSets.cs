using System.Collections.Immutable;

namespace AnalogLearn.Data;

/// <summary>One file of a public data set.</summary>
/// <param name="Name">Its name without directory and without <c>.gz</c>.</param>
/// <param name="Sha256">SHA-256 of the gzip file as its authors publish it, lower-case hexadecimal.</param>
public sealed record PublicDataFile(string Name, string Sha256)
{
    /// <summary>The name of the compressed file.</summary>
    public string Compressed => Name + ".gz";
}

/// <summary>A public data set of pictures in four IDX files.</summary>
/// <param name="Name">Its word in decks and on the command line.</param>
/// <param name="Title">What people call it.</param>
/// <param name="Folders">Subfolders of a data directory in which it may lie, the usual one first; the directory itself comes after them.</param>
/// <param name="Mirror">Where the compressed files can be had by default, ending in a slash.</param>
/// <param name="Files">Training images and labels, test images and labels.</param>
/// <param name="ClassNames">What the ten classes are called.</param>
public sealed record PublicDataSet(
    string Name, string Title, ImmutableArray<string> Folders, string Mirror, ImmutableArray<PublicDataFile> Files, ImmutableArray<string> ClassNames)
{
    private const string TrainImages = "train-images-idx3-ubyte", TrainLabels = "train-labels-idx1-ubyte";
    private const string TestImages = "t10k-images-idx3-ubyte", TestLabels = "t10k-labels-idx1-ubyte";

    /// <summary>MNIST: 60,000 + 10,000 handwritten digits, 28×28 (LeCun, Cortes, Burges).</summary>
    public static PublicDataSet Mnist { get; } = new(
        "mnist",
        "MNIST",
        ["mnist", "MNIST/raw"],
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        [
            new(TrainImages, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            new(TrainLabels, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            new(TestImages, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            new(TestLabels, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ],
        ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);

    /// <summary>Fashion-MNIST: 60,000 + 10,000 pictures of clothing, 28×28 (Xiao, Rasul, Vollgraf, arXiv 1708.07747).</summary>
    public static PublicDataSet Fashion { get; } = new(
        "fashion",
        "Fashion-MNIST",
        ["fashion", "fashion-mnist", "FashionMNIST/raw"],
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        [
            new(TrainImages, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            new(TrainLabels, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            new(TestImages, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            new(TestLabels, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ],
        ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]);

    /// <summary>All of them.</summary>
    public static ImmutableArray<PublicDataSet> All { get; } = [Mnist, Fashion];

    /// <summary>The set of a name.</summary>
    /// <param name="name">Its word, any case.</param>
    /// <returns>The set, or null where there is none of this name.</returns>
    public static PublicDataSet? Find(string name) => All.FirstOrDefault(set => set.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
