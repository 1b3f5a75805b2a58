# Save this file as `trackback` in the folder of the plugins ($plugin_dir). An entry's id is its path, as cats/purring.
package trackback;
use strict;

my $base = 'https://blog.example/cgi-bin/tb.cgi';

our ($head, $entry, $count, $list) = ('', '', '', '');

sub start { 1 }

sub head {
    my $script = "<script src=\"$base?__mode=js\" defer></script>";
    my $path = $blosxom::path_info;
    $head = $script;
    if ($path =~ s/\.\w+$// && $path !~ m{(^|/)index$}) {
        $head = '<link rel="trackback" href="' . ping($path) . "\">\n$script";
    }
    1;
}

sub story {
    my ($class, $path, $name, $story, $title) = @_;
    my $page = "$base?__mode=list&amp;tb_id=" . quoted("$path/$name");
    my $id = id("$path/$name");
    my $ping = ping("$path/$name");
    (my $words = $$title) =~ s/<[^>]*>//g;
    my ($about, $target);
    ($about, $words, $target) = map { referenced($_) }
        "$blosxom::url$path/$name.$blosxom::default_flavour", $words, $ping;
    $count = "<a class=\"trackback-count\" href=\"$page\">TrackBacks <span data-trackback-count=\"$id\"></span></a>";
    $entry = <<"END";
<p class="trackback">
<a href="$page">TrackBacks</a> \302\267
<a href="$ping" rel="trackback nofollow">TrackBack URL</a>
</p>
<!--
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
         xmlns:dc="http://purl.org/dc/elements/1.1/"
         xmlns:trackback="http://madskills.com/public/xml/rss/module/trackback/">
<rdf:Description
    rdf:about="$about"
    dc:identifier="$about"
    dc:title="$words"
    trackback:ping="$target" />
</rdf:RDF>
-->
END
    $list = <<"END";
[[body]]
END
    1;
}

# A slash in an id would be taken for one in the program's path.
sub id {
    my ($id) = @_;
    $id =~ s{^/+}{};
    $id =~ s{[/&<>"]+}{_}g;
    $id;
}

sub quoted {
    my $id = id(@_);
    $id =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
    $id;
}

sub ping {
    my $id = quoted(@_);
    $id =~ s/--/-%2D/g;
    "$base/$id";
}

# Inside a comment a hyphen behind a hyphen is written as a reference; other programs take URLs as they stand.
sub referenced {
    my ($text) = @_;
    $text =~ s/&(?!#?\w+;)/&amp;/g;
    $text =~ s/([<>"'])/'&#' . ord($1) . ';'/ge;
    $text =~ s/--/-&#45;/g;
    $text;
}

1;
