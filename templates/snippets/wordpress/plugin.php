<?php
/*
 * Plugin Name: TrackBack by tb
 * Description: Names the ping URL of tb.cgi on the page of each post.
 *
 * Save this file as wp-content/plugins/tb-trackback.php and switch it on. It puts into the <head> of a post's page a
 * link that names its ping URL; below its content the link to its pings with their number, the ping URL for people, and
 * the block for programs. For a theme of one's own there is tb_trackback_count(), which prints the link in a loop, and
 * tb_trackback_pings(), which returns the list of pings, as the shortcode [tb_trackbacks] does.
 */

const TB_TRACKBACK = 'https://blog.example/cgi-bin/tb.cgi';

function tb_trackback_id($post = null) {
    return rawurldecode(get_post_field('post_name', $post ?? get_the_ID()));
}

function tb_trackback_ping($id) {
    return TB_TRACKBACK . '/' . str_replace('--', '-%2D', rawurlencode($id));
}

function tb_trackback_list($id) {
    return TB_TRACKBACK . '?__mode=list&tb_id=' . rawurlencode($id);
}

function tb_trackback_attribute($text) {
    return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

// Inside a comment a hyphen behind a hyphen is written as a reference; other programs take URLs as they stand.
function tb_trackback_referenced($text) {
    return str_replace('--', '-&#45;', tb_trackback_attribute($text));
}

// The number is asked for once in ten minutes; a page is shown whether it can be had or not.
function tb_trackback_number($id) {
    $key = 'tb_trackback_' . md5($id);
    $number = get_transient($key);
    if ($number === false) {
        $answer = wp_remote_get(TB_TRACKBACK . '?__mode=count&tb_id=' . rawurlencode($id), ['timeout' => 2]);
        $counts = json_decode((string) wp_remote_retrieve_body($answer), true);
        $number = is_array($counts) && isset($counts[$id]) ? (string) (int) $counts[$id] : '';
        set_transient($key, $number, 600);
    }
    return $number === '' ? '' : " ($number)";
}

function tb_trackback_link($id) {
    $list = tb_trackback_attribute(tb_trackback_list($id));
    return '<a class="trackback-count" href="' . $list . '">TrackBacks' . tb_trackback_number($id) . '</a>';
}

function tb_trackback_count($post = null) {
    echo tb_trackback_link(tb_trackback_id($post));
}

function tb_trackback_pings($post = null) {
    $id = tb_trackback_id($post);
    $list = tb_trackback_attribute(tb_trackback_list($id));
    $name = tb_trackback_attribute($id);
    $base = TB_TRACKBACK;
    wp_enqueue_script('tb-trackback', "$base?__mode=js", [], null, true);
    return <<<LIST
[[body]]
LIST;
}

add_shortcode('tb_trackbacks', function () {
    return tb_trackback_pings();
});

add_action('wp_head', function () {
    if (is_singular('post')) {
        $ping = tb_trackback_attribute(tb_trackback_ping(tb_trackback_id()));
        echo '<link rel="trackback" href="' . $ping . "\">\n";
    }
});

// Behind WordPress' own filters, which would make paragraphs and other hyphens of it.
add_filter('the_content', function ($content) {
    if (!is_singular('post') || !in_the_loop() || !is_main_query()) {
        return $content;
    }
    $id = tb_trackback_id();
    $title = html_entity_decode(wp_strip_all_tags(get_the_title()), ENT_QUOTES | ENT_HTML5, 'UTF-8');
    $title = tb_trackback_referenced($title);
    $about = tb_trackback_referenced(get_permalink());
    $target = tb_trackback_referenced(tb_trackback_ping($id));
    $ping = tb_trackback_attribute(tb_trackback_ping($id));
    return $content . '
<p class="trackback">
' . tb_trackback_link($id) . ' ·
<a href="' . $ping . '" rel="trackback nofollow">TrackBack URL</a>
</p>
<!--
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
         xmlns:dc="http://purl.org/dc/elements/1.1/"
         xmlns:trackback="http://madskills.com/public/xml/rss/module/trackback/">
<rdf:Description
    rdf:about="' . $about . '"
    dc:identifier="' . $about . '"
    dc:title="' . $title . '"
    trackback:ping="' . $target . '" />
</rdf:RDF>
-->
';
}, 20);
