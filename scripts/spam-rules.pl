#!/usr/bin/perl
# Asks SpamAssassin which of its rules mails meet, by the mails alone: no network, no learning, no settings of the user.
#   perl scripts/spam-rules.pl mail.eml...      (Debian: apt-get install spamassassin)
# Prints a line for each rule: the file, the rule, its score, and what it says, with tabs between them. What a receiving
# server adds (Return-Path, Received) has to stand in the mail, or the rules about its way have nothing to look at.
use strict;
use warnings;
use Mail::SpamAssassin;

@ARGV or die "usage: perl scripts/spam-rules.pl mail.eml...\n";
my $assassin = Mail::SpamAssassin->new({
  local_tests_only => 1,
  dont_copy_prefs => 1,
  userprefs_filename => '/dev/null',
  # Neither asked nor waited for.
  post_config_text => "dns_available no\nuse_bayes 0\nuse_auto_whitelist 0\n",
});
$assassin->init(1);
for my $file (@ARGV) {
  open my $in, '<:raw', $file or die "$file: $!\n";
  local $/;
  my $mail = $assassin->parse(<$in>);
  close $in;
  my $status = $assassin->check($mail);
  my $scores = $assassin->{conf}->{scores};
  my $says = $assassin->{conf}->{descriptions};
  for my $rule (split /,/, $status->get_names_of_tests_hit()) {
    printf "%s\t%s\t%s\t%s\n", $file, $rule, $scores->{$rule} // 0, $says->{$rule} // '';
  }
  $status->finish();
  $mail->finish();
}
