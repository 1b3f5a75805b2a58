#!/usr/bin/perl
# The yardstick of `cargo bench`: a TrackBack receiver as Perl CGI programs were written in 2002, with
# CGI.pm and Storable. It does the work that tb.cgi 1.02 did for the same requests, in the same way:
# no lock, no sync, nothing escaped. It is for measuring only. NEVER PUT IT ON A WEB SERVER.
use strict;
use warnings;

use CGI qw(:standard);
use File::Spec::Functions qw(catfile);
use Storable qw(store retrieve);

# A real installation had these written into the script.
my $DATA_DIR = $ENV{BASELINE_DATA} or die "BASELINE_DATA is not set";
my $RSS_DIR  = $ENV{BASELINE_RSS};
my $HEADER   = $ENV{BASELINE_HEADER};
my $FOOTER   = $ENV{BASELINE_FOOTER};
my $PASSWORD = $ENV{BASELINE_PASSWORD};
my $NEWEST   = 15;

my %MODES = (
    list      => \&show_list,
    rss       => \&show_rss,
    delete    => \&remove_ping,
    send_form => \&show_send_form,
    send_ping => \&send_ping,
    login     => \&show_login,
    do_login  => \&check_login,
    logout    => \&log_out,
);

my $mode = param('__mode');
if (defined $mode && length $mode) {
    my $answer = $MODES{$mode} or fail("No such mode");
    $answer->();
}
else {
    receive();
}
exit;

sub receive {
    my $id = tb_id();
    fail('No TrackBack ID (tb_id)') unless $id;
    my %ping = map { $_ => scalar param($_) } qw(title excerpt url blog_name);
    fail('No URL (url)') unless $ping{url};
    $ping{title} = $ping{url} unless defined $ping{title} && length $ping{title};
    $ping{timestamp} = time;
    my $pings = load($id);
    unshift @$pings, \%ping;
    save($id, $pings);
    write_static_rss($id, $pings) if $RSS_DIR;
    reply();
}

sub show_list {
    my $id = tb_id();
    fail('No TrackBack ID (tb_id)') unless $id;
    my $owner = logged_in();
    my $self  = url();
    my $html  = slurp($HEADER);
    $html .= qq{<div class="url">TrackBack URL for this entry:<div class="ping-url">$self/$id</div></div>\n};
    my $index = 0;
    for my $ping (@{ load($id) }) {
        my $when = when($ping->{timestamp});
        my $blog = defined $ping->{blog_name} && length $ping->{blog_name} ? $ping->{blog_name} : '[No blog name]';
        my $text = defined $ping->{excerpt} && length $ping->{excerpt} ? $ping->{excerpt} : '[No excerpt]';
        my $tail = $owner
            ? qq{ <a href="$self?__mode=delete&amp;tb_id=$id&amp;index=$index">[DELETE]</a>}
            : '';
        $html .= <<HTML;
<div class="ping">
<div class="title"><a target="new" href="$ping->{url}">$ping->{title}</a></div>
<div class="excerpt">$text</div>
<div class="footer">Tracked: $when from $blog$tail</div>
</div>
HTML
        $index++;
    }
    $html .= $owner
        ? qq{<div class="footer"><a href="$self?__mode=send_form">Send a ping</a> <a href="$self?__mode=logout">Log out</a></div>\n}
        : qq{<div class="footer">Is this your site? <a href="$self?__mode=login">Log in</a> to delete pings.</div>\n};
    $html .= slurp($FOOTER);
    print header(-charset => 'utf-8'), $html;
}

sub show_rss {
    my $id = tb_id();
    fail('No TrackBack ID (tb_id)') unless $id;
    print header('text/xml'), <<XML, rss($id, load($id)), "</response>\n";
<?xml version="1.0" encoding="utf-8"?>
<response>
<error>0</error>
XML
}

sub remove_ping {
    die_html('You are not authorized') unless logged_in();
    my $id    = tb_id();
    my $index = param('index');
    my $pings = load($id);
    splice @$pings, $index, 1 if defined $index && $index =~ /^\d+$/ && $index < @$pings;
    save($id, $pings);
    write_static_rss($id, $pings) if $RSS_DIR;
    print redirect(url() . "?__mode=list&tb_id=$id");
}

sub show_send_form {
    die_html('You are not authorized') unless logged_in();
    print header(-charset => 'utf-8'), slurp($HEADER), start_form(-action => url());
    print hidden(-name => '__mode', -value => 'send_ping', -override => 1);
    print p($_, textfield(-name => $_, -size => 60)) for qw(title url blog_name ping_url);
    print p('excerpt', textarea(-name => 'excerpt', -rows => 5, -columns => 60));
    print submit('Send'), end_form(), slurp($FOOTER);
}

sub send_ping {
    die_html('You are not authorized') unless logged_in();
    my $to = param('ping_url') or die_html('No ping URL');
    require LWP::UserAgent;
    my $agent = LWP::UserAgent->new;
    my %fields = map { $_ => scalar param($_) } qw(title url excerpt blog_name);
    my $answer = $agent->post($to, \%fields);
    die_html('HTTP error: ' . $answer->status_line) unless $answer->is_success;
    my ($error) = $answer->content =~ m{<error>(\d+)</error>};
    if ($error) {
        my ($message) = $answer->content =~ m{<message>(.*?)</message>}s;
        die_html("Error: $message");
    }
    print header(-charset => 'utf-8'), slurp($HEADER), p('Ping successfully sent'), slurp($FOOTER);
}

sub show_login {
    print header(-charset => 'utf-8'), slurp($HEADER), start_form(-action => url());
    print hidden(-name => '__mode', -value => 'do_login', -override => 1);
    print p('Password', password_field(-name => 'key')), submit('Log in'), end_form(), slurp($FOOTER);
}

sub check_login {
    my $key = param('key');
    die_html('Invalid login') unless defined $PASSWORD && defined $key && $key eq $PASSWORD;
    my @salt = map { ('a' .. 'z', 'A' .. 'Z', '0' .. '9')[ rand 62 ] } 1 .. 2;
    my $cookie = cookie(-name => 'key', -value => crypt($key, join '', @salt), -path => '/');
    print redirect(-uri => url() . '?__mode=send_form', -cookie => $cookie);
}

sub log_out {
    my $cookie = cookie(-name => 'key', -value => '', -expires => '-1y', -path => '/');
    print header(-charset => 'utf-8', -cookie => $cookie), slurp($HEADER), p('Logged out'), slurp($FOOTER);
}

sub logged_in {
    my $key = cookie('key');
    return defined $PASSWORD && defined $key && length $key && crypt($PASSWORD, $key) eq $key;
}

sub tb_id {
    my $id = param('tb_id');
    if (!defined $id || !length $id) {
        $id = path_info();
        $id =~ s{^/}{};
    }
    $id =~ s/[^a-zA-Z0-9]+/_/g;
    return $id;
}

sub load {
    my $file = catfile($DATA_DIR, "$_[0].stor");
    return -e $file ? retrieve($file) : [];
}

sub save {
    my ($id, $pings) = @_;
    store($pings, catfile($DATA_DIR, "$id.stor")) or die "cannot store: $!";
}

sub rss {
    my ($id, $pings) = @_;
    my $self = url();
    my $xml  = <<XML;
<rss version="0.91"><channel>
<title>TrackBack: $id</title>
<link>$self?__mode=list&amp;tb_id=$id</link>
<description>Pings received for $id</description>
<language>en-us</language>
XML
    my $last = $#$pings < $NEWEST - 1 ? $#$pings : $NEWEST - 1;
    for my $ping (@$pings[ 0 .. $last ]) {
        my ($title, $link, $text) = map { xml($_) } @$ping{qw(title url excerpt)};
        $xml .= "<item>\n<title>$title</title>\n<link>$link</link>\n";
        $xml .= "<description>$text</description>\n" if length $text;
        $xml .= "</item>\n";
    }
    return $xml . "</channel></rss>\n";
}

sub write_static_rss {
    my ($id, $pings) = @_;
    my $file = catfile($RSS_DIR, "$id.xml");
    open my $out, '>', $file or die "cannot write $file: $!";
    print $out qq{<?xml version="1.0" encoding="utf-8"?>\n}, rss($id, $pings);
    close $out or die "cannot write $file: $!";
}

sub xml {
    my $text = defined $_[0] ? $_[0] : '';
    my %names = ('&' => '&amp;', '<' => '&lt;', '>' => '&gt;', '"' => '&quot;');
    $text =~ s/([&<>"])/$names{$1}/g;
    return $text;
}

sub when {
    my ($second, $minute, $hour, $day, $month, $year) = localtime $_[0];
    return sprintf '%04d-%02d-%02d %02d:%02d:%02d', $year + 1900, $month + 1, $day, $hour, $minute, $second;
}

sub slurp {
    my ($file) = @_;
    return '' unless defined $file && -e $file;
    open my $in, '<', $file or die "cannot read $file: $!";
    local $/;
    return scalar <$in>;
}

sub reply {
    my ($message) = @_;
    print header('text/xml'), qq{<?xml version="1.0" encoding="utf-8"?>\n<response>\n};
    print defined $message
        ? '<error>1</error>' . "\n<message>" . xml($message) . "</message>\n"
        : "<error>0</error>\n";
    print "</response>\n";
}

sub fail {
    reply($_[0]);
    exit;
}

sub die_html {
    print header(-charset => 'utf-8'), slurp($HEADER), p($_[0]), slurp($FOOTER);
    exit;
}
